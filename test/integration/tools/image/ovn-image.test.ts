import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { UnpackedImage } from "#test/stacks/ovn-image.ts";
import { buildOvnImage, ovnImageName } from "#tools/image/ovn-image.ts";
import { readPackageLock } from "#tools/image/package-lock.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { root } from "#tools/source-files.ts";

const whyNot = existsSync("/usr/bin/apt-get") ? whyNotRoot() : "this machine has no apt-get";
const name = "ovn-central-0.ovn-central.ovn4nfv-system.svc.cluster.local";

describe("the image of OVN", { skip: process.env["CI"] === "true" ? false : whyNot }, () => {
  let image: Awaited<ReturnType<typeof buildOvnImage>>;
  let unpacked: UnpackedImage;

  before(async () => {
    image = await buildOvnImage();
    unpacked = await UnpackedImage.of(image);
    const names = ["ovn-central"] as const;
    const pair = await selfSigned(names, { clock: systemClock, randomBytes, validityMs: 3_600_000 });
    unpacked.write("etc/ovn/tls/tls.crt", pair.cert);
    unpacked.write("etc/ovn/tls/tls.key", pair.key);
    unpacked.write("etc/ovn/tls/ca.crt", pair.ca);
    unpacked.folders("var/lib/ovn", "var/lib/openvswitch", "run/ovn", "run/openvswitch", "host/etc/cni/net.d");
  });
  after(() => {
    unpacked[Symbol.dispose]();
  });

  /** Starts the Northbound database as the pod of that address, which the kubelet writes into /etc/hosts. */
  const northbound = async (address: string) => {
    unpacked.write("etc/hosts", `127.0.0.1\tlocalhost\n${address}\t${name}\tovn-central-0\n`);
    const member = unpacked.role("nb", { POD_IP: address });
    await member.start();
    return { [Symbol.asyncDispose]: () => member.stop() };
  };
  const show = async (): Promise<string> => (await unpacked.run(["/usr/bin/ovn-nbctl", "show"])).stdout;

  it("is the same, byte for byte, when it is made of the same packages", async () => {
    const { archive, digest } = await buildOvnImage();
    assert.ok(image.archive.equals(archive));
    assert.equal(image.digest, digest);
  });

  it("has the versions of the lock and of the Dockerfile", async () => {
    const lock = readPackageLock();
    const said = await unpacked.run(["/usr/bin/ovn-controller", "--version"]);
    assert.match(said.stdout, new RegExp(`^ovn-controller ${ovnImageName(lock).split(":")[1] ?? ""}`));
    const dockerfile = readFileSync(join(root, "deploy/ovn/image/Dockerfile"), "utf8");
    for (const wanted of ["ovn-central", "ovn-host", "openvswitch-switch"]) {
      const version = lock.packages.find((one) => one.name === wanted)?.version ?? "none";
      assert.ok(dockerfile.includes(` ${wanted}=${version} `), `${wanted} ${version}`);
    }
    assert.ok(dockerfile.includes(`-t ${ovnImageName(lock)} `));
  });

  it("keeps the database of a cluster of one when its pod comes back with another address", async () => {
    {
      await using _member = await northbound("10.244.1.5");
      assert.equal((await unpacked.run(["/usr/bin/ovn-nbctl", "ls-add", "blue"])).code, 0);
    }
    await using _again = await northbound("10.244.2.9");
    assert.match(await show(), /\(blue\)/);
    const status = await unpacked.run([
      "/usr/bin/ovn-appctl",
      "-t",
      "/run/ovn/nb.ctl",
      "cluster/status",
      "OVN_Northbound",
    ]);
    assert.match(status.stdout, new RegExp(`Address: ssl:${name}:6643`));
  });

  it("refuses a volume that belongs to another member", async () => {
    const other = name.replace("-0.", "-1.");
    const { code, stderr } = await unpacked.run(["/usr/bin/ovn-run", "nb"], {
      POD_IP: "10.0.0.1",
      OVN_MEMBER_NAME: other,
    });
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`the volume belongs to the member ssl:${name}:6643, and this pod is ssl:${other}:6643`),
    );
  });

  it("stops on a node without the kernel's module, and says how to get it", async () => {
    const { code, stderr } = await unpacked.run(["/usr/bin/ovn-run", "check"], {
      OVN_DATAPATH: "kernel",
      OVN_SYS_MODULE: "/nowhere",
    });
    assert.equal(code, 1);
    assert.match(stderr, /modprobe openvswitch/);
  });

  it("stops beside an Open vSwitch that is not ours, and beside another OVN", async () => {
    const check = () => unpacked.run(["/usr/bin/ovn-run", "check"], { OVN_DATAPATH: "userspace" });
    assert.equal((await check()).code, 0);
    {
      const foreign = unpacked.role("openvswitch", {});
      await foreign.start();
      const beside = await check();
      await foreign.stop();
      assert.equal(beside.code, 1);
      assert.match(beside.stderr, /an Open vSwitch runs on this node that is not ours: stop it/);
    }
    // A socket that nobody serves is what a reboot or a container leaves.
    assert.equal((await check()).code, 0);
    unpacked.write("host/etc/cni/net.d/01-kube-ovn.conflist", "{}");
    assert.match((await check()).stderr, /belongs to another OVN \(01-kube-ovn.conflist\)/);
  });
});
