import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Machine } from "#lab/machine/machine.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const isRoot = process.getuid?.() === 0;

describe("a made-up machine", { skip: isRoot ? false : "namespaces need root" }, () => {
  const folder = createTemporaryFolder("machine");
  const machine = new Machine("m", folder.path);
  const mountsBefore = readFileSync("/proc/self/mounts", "utf8");

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
    assert.equal(readFileSync("/proc/self/mounts", "utf8"), mountsBefore);
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

  it("keeps its disk over a restart, not its /run and its network", async () => {
    await machine.stop();
    await machine.start();
    assert.equal(await machine.must("cat", ["/etc/cni/net.d/ovn4nfv-test"]), "x\n");
    assert.equal((await machine.run("cat", ["/run/y"])).code, 1);
    assert.doesNotMatch(await machine.must("ip", ["-brief", "link"]), /br0/);
  });
});
