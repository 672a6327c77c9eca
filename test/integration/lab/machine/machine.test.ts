import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Machine } from "#lab/machine/machine.ts";
import { HeldNamespaces, namespaceIdsOf } from "#lab/machine/processes-inside.ts";
import { mustRun } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { until } from "#test/assertions/until.ts";

describe("a made-up machine", { skip: whyNotRoot() }, () => {
  const folder = createTemporaryFolder("machine");
  const machine = new Machine("m", folder.path);
  // Other tests make network namespaces with a name meanwhile, which are mounts.
  const mounts = (): readonly string[] =>
    readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => !line.includes("/run/netns"));
  const mountsBefore = mounts();

  before(() => machine.start());
  after(async () => {
    await machine.stop();
    folder.remove();
  });

  it("has the usual folders to itself", async () => {
    await machine.must("sh", [
      "-c",
      "mkdir -p /etc/cni/net.d && echo x > /etc/cni/net.d/ovn4nfv-test && echo y > /run/y",
    ]);
    assert.equal(existsSync("/etc/cni/net.d/ovn4nfv-test"), false);
    assert.equal(readFileSync(machine.pathOf("/run/y"), "utf8"), "y\n");
    assert.deepEqual(mounts(), mountsBefore);
  });

  it("sees all other folders of the real machine", async () => {
    assert.equal(await machine.must("cat", ["/etc/os-release"]), readFileSync("/etc/os-release", "utf8"));
  });

  it("keeps the kernel's settings from the kubelet", async () => {
    const before = readFileSync("/proc/sys/kernel/panic", "utf8");
    await machine.must("sh", ["-c", "echo 10 > /proc/sys/kernel/panic"]);
    assert.equal(await machine.must("cat", ["/proc/sys/kernel/panic"]), "10\n");
    assert.equal(readFileSync("/proc/sys/kernel/panic", "utf8"), before);
  });

  it("has a network of its own", async () => {
    await machine.ip("link add br0 type bridge", "addr add 192.0.2.1/24 dev br0", "link set br0 up");
    assert.match(await machine.must("ip", ["-brief", "addr"]), /br0 .*192\.0\.2\.1\/24/);
  });

  it("answers ARP only on the interface that has the address", async () => {
    assert.equal(await machine.must("cat", ["/proc/sys/net/ipv4/conf/all/arp_ignore"]), "1\n");
  });

  it("ends what somebody started by hand inside, and nothing else", async () => {
    const by = async (command: string) => Number(await machine.must("sh", ["-c", command]));
    const daemon = await by("setsid sleep 1000 >/dev/null 2>&1 & echo $!");
    const pod = await by("setsid unshare --net sleep 1000 >/dev/null 2>&1 & echo $!");
    const other = spawn("sleep", ["1000"]);
    try {
      await machine.stop();
      assert.deepEqual([isRunning(daemon), isRunning(pod), isRunning(other.pid ?? 0)], [false, false, true]);
    } finally {
      for (const pid of [daemon, pod, other.pid ?? 0]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
    }
    await machine.start();
  });

  it("keeps its disk over a restart, not its /run and its network", async () => {
    await machine.stop();
    await machine.start();
    assert.equal(await machine.must("cat", ["/etc/cni/net.d/ovn4nfv-test"]), "x\n");
    assert.equal((await machine.run("cat", ["/run/y"])).code, 1);
    assert.doesNotMatch(await machine.must("ip", ["-brief", "link"]), /br0/);
  });
});

it("numbers of namespaces are given to no others while they are held", { skip: whyNotRoot() }, async () => {
  const child = spawn("unshare", ["--net", "--mount", "sleep", "1000"]);
  await until(() => child.pid !== undefined && isApart(child.pid));
  using held = new HeldNamespaces(child.pid ?? 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  const script =
    "for i in $(seq 20); do unshare --net --mount sh -c 'readlink /proc/self/ns/net /proc/self/ns/mnt'; done";
  const others = (await mustRun("sh", ["-c", script])).trim().split("\n");
  assert.equal(others.length, 40);
  for (const id of others) assert.ok(!held.ids.has(id), id);
});

/** True once the process has namespaces of its own. */
function isApart(pid: number): boolean {
  const own = namespaceIdsOf("self");
  const ids = [...namespaceIdsOf(pid)];
  return ids.length > 0 && ids.every((id) => !own.has(id));
}

/** A process that has ended, and that its parent has not collected yet, is in no namespace any more. */
function isRunning(pid: number): boolean {
  return namespaceIdsOf(pid).size > 0;
}
