import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { before, test } from "node:test";
import { encodeAnswer, shimProtocol } from "#cni/contract/shim-protocol.ts";
import fc from "fast-check";
import { startFakeAgent } from "#test/fakes/cni/fake-agent.ts";
import { buildShim, type Shim } from "#test/stacks/cni/shim.ts";

let shim: Shim;
/**
 * A shim with a short time limit, for calls that must reach it. The other shim has the shipped limits, so that a slow
 * machine does not matter.
 */
let hasty: Shim;
before(async () => {
  [shim, hasty] = await Promise.all([
    buildShim({ build: "sanitized" }),
    buildShim({ build: "sanitized", limitMs: 1_500 }),
  ]);
});

const add = { CNI_COMMAND: "ADD", CNI_CONTAINERID: "abc", CNI_NETNS: "/run/netns/a", CNI_IFNAME: "net1" };
const conf = (more: object = {}) => ({ cniVersion: "1.0.0", name: "a", agentSocket: shim.socketPath, ...more });
const hastyConf = (more: object = {}) => conf({ agentSocket: hasty.socketPath, ...more });

/** Runs the shim and returns the code of the error that it must have printed as one line of JSON. */
async function failsWith(environment: Record<string, string>, text: string | object, by = shim): Promise<number> {
  const { code, stdout, stderr } = await by.run(environment, text);
  assert.equal(stderr, "");
  assert.equal(code, 1, stdout);
  return (JSON.parse(stdout) as { code: number }).code;
}

const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
const notObjects = {
  nothing: "",
  space: " \n\t",
  "a list": "[]",
  "a truncated object": '{"name": "a", "runtimeConfig": {"io.kube',
  "an object and more": '{"name":"a"} x',
  "two objects": "{}{}",
  "a NUL at the end": "{}\0",
  "a NUL in a string": '{"a":"\0"}',
  "a NUL after a backslash": '{"a":"\\\0"}',
  "a raw newline in a string": '{"a":"\n"}',
  "an unknown escape": '{"a":"\\x41"}',
  "a cut escape": '{"a":"\\u12',
  "half a hex escape": '{"a":"\\u12g4"}',
  "a backslash at the end": '{"a":"\\',
  "a trailing comma": '{"a":1,}',
  "a leading zero": '{"a":01}',
  "a lone minus": '{"a":-}',
  "a word cut short": '{"a":tru}',
  "a key that is no string": "{1:2}",
  "a byte order mark": "\ufeff{}",
  "nesting deeper than anybody needs": nested(200),
  "a million open brackets": `{"a":${"[".repeat(1_000_000)}`,
  "a million open objects": '{"":'.repeat(250_000),
};
for (const [what, text] of Object.entries(notObjects)) {
  test(`${what} on stdin is code 6`, async () => {
    assert.equal(await failsWith(add, text), 6);
  });
}

test("nesting that somebody may need is accepted", async () => {
  assert.equal((await shim.run({ CNI_COMMAND: "STATUS" }, nested(120))).code, 0);
});

test("the shim takes for JSON what JSON.parse does", async () => {
  const isObject = (text: string): boolean => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
      return false;
    }
  };
  const replaced = fc
    .tuple(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom("", '"', "\\", "{", "]", "0", "e", ",", "\n", "\0", "-", "u"),
    )
    .map(([text, at, by]) => `{"k":${text.slice(0, at % text.length)}${by}${text.slice((at % text.length) + 1)}}`);
  const intact = fc.json({ maxDepth: 4 }).map((text) => `{"k":${text}}`);
  const agrees = async (text: string) => {
    const { code, stderr } = await shim.run({ CNI_COMMAND: "STATUS" }, text);
    assert.equal(stderr, "");
    assert.equal(code === 0, isObject(text));
  };
  await fc.assert(fc.asyncProperty(fc.oneof(replaced, intact), agrees), { numRuns: 300 });
});

test("one byte more than 1 MiB on stdin is code 7, and so are 10 MB", async () => {
  const full = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
  assert.equal(await failsWith(add, full(shimProtocol.maxConfigBytes + 1)), 7);
  assert.equal(await failsWith(add, full(10_000_000)), 7);
  assert.equal((await shim.run({ CNI_COMMAND: "STATUS" }, full(shimProtocol.maxConfigBytes))).code, 0);
});

test("variables beyond 64 KiB are code 4", async () => {
  const long = Object.fromEntries([1, 2, 3].map((n) => [`CNI_X${n.toString()}`, "x".repeat(30_000)]));
  assert.equal(await failsWith({ ...add, ...long }, conf()), 4);
});

test("a huge version, socket path or command breaks nothing and is not repeated", async () => {
  const huge = "9".repeat(100_000);
  assert.equal(await failsWith(add, conf({ cniVersion: huge })), 11);
  assert.equal(await failsWith(add, conf({ agentSocket: `/${huge}` })), 7);
  assert.equal(await failsWith({ CNI_COMMAND: huge }, conf()), 4);
  assert.equal(await failsWith({ CNI_COMMAND: '\u0001"\\ü' }, conf()), 4);
});

const header = (status: string, length: string) => `${shimProtocol.magic} ${status} ${length}\n`;
const misbehaviour: readonly (readonly [string, number, (socket: Socket) => void])[] = [
  ["closes without a word", 11, (socket) => socket.end()],
  ["resets the connection", 11, (socket) => socket.destroy()],
  ["ends in the header", 11, (socket) => socket.end("ovn4nfv-c")],
  ["ends in the middle of its answer", 11, (socket) => socket.end(`${header("0", "100")}half`)],
  ["answers HTTP", 5, (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")],
  ["answers garbage without an end", 5, (socket) => socket.end(Buffer.alloc(3_000_000, 0xff))],
  ["answers NULs", 5, (socket) => socket.end(Buffer.alloc(100))],
  ["names a status that is none", 5, (socket) => socket.end(header("256", "0"))],
  ["names a negative status", 5, (socket) => socket.end(header("-1", "0"))],
  ["names a negative length", 5, (socket) => socket.end(header("0", "-1"))],
  ["names a length that is too long", 5, (socket) => socket.end(header("0", "1048577"))],
  ["names a length that overflows", 5, (socket) => socket.end(header("0", "18446744073709551617"))],
  ["leaves out the length", 5, (socket) => socket.end(`${shimProtocol.magic} 0\n0\n`)],
  ["says more than it told", 5, (socket) => socket.end(`${header("0", "2")}three`)],
];
for (const [what, code, behave] of misbehaviour) {
  test(`an agent that ${what} is code ${code.toString()}`, async () => {
    await using _ = await startFakeAgent(shim.socketPath, behave);
    assert.equal(await failsWith(add, conf()), code);
  });
}

const hanging: readonly (readonly [string, (socket: Socket) => void])[] = [
  ["never answers", () => {}],
  ["stops in the middle of its answer", (socket) => socket.write(`${header("0", "100")}half`)],
];
for (const [what, behave] of hanging) {
  test(`an agent that ${what} is code 11 in the time allowed`, async () => {
    await using _ = await startFakeAgent(hasty.socketPath, behave);
    assert.equal(await failsWith(add, hastyConf(), hasty), 11);
  });
}

test("a runtime that never ends stdin gets code 5 in the time allowed", async () => {
  const child = spawn(hasty.path, { env: add, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write('{"name":');
  const chunks = (await child.stdout.toArray()) as Buffer[];
  assert.equal((JSON.parse(Buffer.concat(chunks).toString()) as { code: number }).code, 5);
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(child.exitCode, 1);
});

test("STATUS with strictStatus is code 50 when the agent hangs", async () => {
  await using _ = await startFakeAgent(hasty.socketPath, () => {});
  assert.equal(await failsWith({ CNI_COMMAND: "STATUS" }, hastyConf({ strictStatus: true }), hasty), 50);
});

test("an agent that hangs up while a long conf is being sent is code 11, not a broken pipe", async (t) => {
  const server = createServer((socket) => socket.destroy()).listen(shim.socketPath);
  t.after(() => server.close());
  await once(server, "listening");
  assert.equal(await failsWith(add, conf({ a: "x".repeat(1_000_000) })), 11);
});

test("an answer that comes byte by byte is an answer", async () => {
  const bytes = encodeAnswer(0, "{}\n");
  await using _ = await startFakeAgent(shim.socketPath, (socket) => {
    socket.setNoDelay(true);
    const next = (index: number): void => {
      if (index === bytes.length) socket.end();
      else socket.write(bytes.subarray(index, index + 1), () => setImmediate(next, index + 1));
    };
    next(0);
  });
  assert.deepEqual(await shim.run(add, conf()), { code: 0, stdout: "{}\n", stderr: "" });
});

test("the longest answer fits", async () => {
  const output = "x".repeat(shimProtocol.maxAnswerBytes);
  await using _ = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, output)));
  assert.equal((await shim.run(add, conf())).stdout, output);
});
