import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { cniVersions, printVersions } from "#cni/contract/commands.ts";
import { encodeAnswer } from "#cni/contract/shim-protocol.ts";
import { runCommand } from "#tools/process/command.ts";
import { startFakeAgent } from "#test/fakes/cni/fake-agent.ts";
import { buildShim, type Shim } from "#test/stacks/cni/shim.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

let shim: Shim;
before(async () => {
  shim = await buildShim({ build: "release" });
});

const attachment = { CNI_CONTAINERID: "abc", CNI_NETNS: "/run/netns/a", CNI_IFNAME: "net1" };
const conf = () => ({ cniVersion: "1.0.0", name: "ovn4nfv", type: "ovn4nfv-cni", agentSocket: shim.socketPath });
const environment = (command: string) => ({ ...attachment, CNI_COMMAND: command });
const errorOf = (stdout: string) => JSON.parse(stdout) as { code: number; cniVersion: string; msg: string };

test("the agent's words and exit status come through unchanged", async () => {
  const output = `{"code":7,"msg":"\\u00fc ü \\" ${"x".repeat(300_000)}"}\n`;
  await using agent = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(1, output)));
  const { code, stdout } = await shim.run(environment("ADD"), conf());
  assert.equal(code, 1);
  assert.equal(stdout, output);
  assert.equal(agent.calls.length, 1);
});

test("an answer without output is a success without output", async () => {
  await using _ = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, "")));
  assert.deepEqual(await shim.run(environment("DEL"), conf()), { code: 0, stdout: "", stderr: "" });
});

test("the agent sees stdin byte for byte and the CNI variables, and no other variable", async () => {
  await using agent = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, "")));
  const text = ` ${JSON.stringify({ ...conf(), note: "ü\n" })}\n`;
  const args = 'A=1;B="x=y\n\\";C=ü';
  await shim.run({ ...environment("ADD"), CNI_ARGS: args, HOME: "/root", KUBECONFIG: "/etc/secret" }, text);
  const [call] = agent.calls;
  assert.equal(Buffer.from(call?.stdin ?? []).toString(), text);
  const expected = { ...environment("ADD"), CNI_ARGS: args };
  assert.deepEqual(Object.fromEntries(call?.environment ?? []), expected);
});

for (const command of ["ADD", "DEL", "CHECK", "GC"]) {
  for (const cniVersion of cniVersions) {
    test(`${command} at ${cniVersion} without an agent is code 11 at once`, async () => {
      const { code, stdout } = await shim.run(environment(command), { ...conf(), cniVersion });
      const { msg, ...rest } = errorOf(stdout);
      assert.equal(code, 1);
      assert.deepEqual(rest, { cniVersion, code: 11 });
      assert.equal(msg, `the ovn4nfv agent of this node cannot be reached: ${shim.socketPath}`);
    });
  }
}

for (const cniVersion of cniVersions) {
  test(`VERSION asked at ${cniVersion} needs no agent`, async () => {
    const answer = await shim.run({ CNI_COMMAND: "VERSION" }, { cniVersion });
    assert.deepEqual(answer, { code: 0, stdout: printVersions(cniVersion), stderr: "" });
  });
}

test("VERSION answers whatever stands on stdin", async () => {
  for (const text of ["", "{", "[]", '{"cniVersion":"\\u0000"}', '{"cniVersion":"1.0 evil"}', "x".repeat(2_000_000)]) {
    assert.equal((await shim.run({ CNI_COMMAND: "VERSION" }, text)).stdout, printVersions());
  }
});

test("STATUS succeeds without an agent, so that the node stays Ready", async () => {
  assert.deepEqual(await shim.run({ CNI_COMMAND: "STATUS" }, conf()), { code: 0, stdout: "", stderr: "" });
  assert.equal((await shim.run({ CNI_COMMAND: "STATUS" }, { ...conf(), strictStatus: false })).code, 0);
});

test("STATUS with strictStatus is code 50 without an agent, and the agent's answer with one", async () => {
  const strict = { ...conf(), strictStatus: true };
  const { code, stdout } = await shim.run({ CNI_COMMAND: "STATUS" }, strict);
  assert.equal(code, 1);
  assert.equal(errorOf(stdout).code, 50);
  await using _ = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, "")));
  assert.deepEqual(await shim.run({ CNI_COMMAND: "STATUS" }, strict), { code: 0, stdout: "", stderr: "" });
});

for (const command of ["", "UPDATE", 'A"\\\n', "add"]) {
  test(`CNI_COMMAND ${JSON.stringify(command)} is code 4`, async () => {
    const { code, stdout } = await shim.run({ CNI_COMMAND: command }, conf());
    assert.equal(code, 1);
    assert.equal(errorOf(stdout).code, 4);
    assert.match(errorOf(stdout).msg, /CNI_COMMAND/);
  });
}

test("an agentSocket that is no path below the agent's folder is code 7", async () => {
  const folder = dirname(shim.socketPath);
  const outside = ["/run/other.sock", `${folder}/`, `${folder}x/cni.sock`, `${folder}/../cni.sock`];
  for (const agentSocket of ["cni.sock", "", 7, null, "/ü", `/${"x".repeat(107)}`, ...outside]) {
    assert.equal(
      errorOf((await shim.run(environment("ADD"), { ...conf(), agentSocket })).stdout).code,
      7,
      String(agentSocket),
    );
  }
});

test("a call is not handed to a socket on which another user listens", async () => {
  const strict = await buildShim({ build: "release", agentUser: (process.getuid?.() ?? 0) + 1 });
  await using stranger = await startFakeAgent(strict.socketPath, (socket) => socket.end(encodeAnswer(0, "")));
  const { code, stdout } = await strict.run(environment("ADD"), { ...conf(), agentSocket: strict.socketPath });
  assert.equal(code, 1);
  assert.match(errorOf(stdout).msg, /not the agent, which runs as root/);
  assert.equal(stranger.calls.length, 0);
});

test("the socket path may be written with escapes", async () => {
  await using agent = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, "")));
  const escaped = Array.from(shim.socketPath, (c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("");
  const text = `{"agentSocket":"/nowhere","\\u0061gentSocket":"${escaped}"}`;
  assert.equal((await shim.run(environment("ADD"), text)).code, 0);
  assert.equal(agent.calls.length, 1);
});

test("the shipped shim is static: it runs where there is no library at all", { skip: whyNotRoot() }, async () => {
  const root = join(dirname(shim.path), "root");
  mkdirSync(root);
  const script = `cp ${shim.path} ${root}/ && CNI_COMMAND=VERSION exec chroot ${root} /ovn4nfv-cni`;
  assert.deepEqual(await runCommand("sh", ["-c", script]), { code: 0, stdout: printVersions(), stderr: "" });
});
