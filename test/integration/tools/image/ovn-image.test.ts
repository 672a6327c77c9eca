import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { until } from "#test/assertions/until.ts";
import { UnpackedImage } from "#test/stacks/ovn-image.ts";
import { buildOvnImage, ovnImageName } from "#tools/image/ovn-image.ts";
import { readPackageLock } from "#tools/image/package-lock.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { root } from "#tools/source-files.ts";

const whyNot = existsSync("/usr/bin/apt-get") ? whyNotRoot() : "this machine has no apt-get";
const name = "ovn-central-0.ovn-central.ovn4nfv-system.svc.cluster.local";
const userspace = { OVN_DATAPATH: "userspace", OVN_TUNNEL_INTERFACE: "eth1" };

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

  it("says that a database is new, and where it stands what to do when its volume was lost", () => {
    const news = unpacked.said("nb").match(/the volume has no OVN_Northbound database: .*docs\/own-ovn.md/g);
    assert.equal(news?.length, 1);
  });

  it("takes the schema of a newer release, and never that of an older one", async () => {
    const schema = readFileSync(join(unpacked.root, "usr/share/ovn/ovn-nb.ovsschema"), "utf8");
    const ours = /"version": "([0-9.]+)"/.exec(schema)?.[1] ?? "";
    const address = `ssl:${name}:6643`;
    /** The version that the database has when the entry has decided. */
    const decided = async (stored: string, says: RegExp): Promise<string> => {
      const folder = `var/lib/schema-${stored}`;
      unpacked.write(`${folder}/stored.ovsschema`, schema.replace(`"version": "${ours}"`, `"version": "${stored}"`));
      const file = `/${folder}/nb.db`;
      const made = ["/usr/bin/ovsdb-tool", "create-cluster", file, `/${folder}/stored.ovsschema`, address];
      assert.equal((await unpacked.run(made)).code, 0);
      await using member = unpacked.role("nb", {
        POD_IP: "10.0.0.1",
        OVN_MEMBER_NAME: name,
        OVN_DATABASES: `/${folder}`,
      });
      await member.start();
      await until(() => says.test(unpacked.said("nb")));
      const read = ["/usr/bin/ovsdb-client", "get-schema-version", "unix:/run/ovn/ovnnb_db.sock", "OVN_Northbound"];
      let version = "";
      await until(async () => {
        version = (await unpacked.run(read)).stdout.trim();
        return stored === "99.0.0" || version !== stored;
      });
      return version;
    };
    assert.equal(await decided("1.0.0", /gets the schema of this release: .* in place of 1\.0\.0/), ours);
    assert.equal(await decided("99.0.0", /OVN_Northbound keeps its schema 99\.0\.0/), "99.0.0");
  });

  it("keeps the newer schema of a node's Open vSwitch", async () => {
    const path = "usr/share/openvswitch/vswitch.ovsschema";
    const schema = readFileSync(join(unpacked.root, path), "utf8");
    unpacked.write("tmp/newer.ovsschema", schema.replace(/"version": "[0-9.]+"/, '"version": "99.0.0"'));
    const file = "/var/lib/openvswitch/conf.db";
    const made = await unpacked.run(["/usr/bin/ovsdb-tool", "create", file, "/tmp/newer.ovsschema"]);
    assert.equal(made.code, 0);
    const server = unpacked.role("openvswitch", {});
    await server.start();
    await server.stop();
    assert.match(unpacked.said("openvswitch"), /keeps its schema 99\.0\.0, since that of this release/);
    assert.equal((await unpacked.run(["/usr/bin/ovsdb-tool", "db-version", file])).stdout.trim(), "99.0.0");
    await unpacked.run(["/bin/rm", file]);
  });

  it("does not have the controller of a new node killed while nobody signs its certificate", async () => {
    const alive = async (tls: string) =>
      (await unpacked.run(["/usr/bin/ovn-run", "alive", "controller"], { OVN_TLS: tls })).code;
    assert.equal(await alive("/nowhere"), 0);
    assert.notEqual(await alive("/etc/ovn/tls"), 0);
  });

  it("ends at SIGTERM while it waits, although process 1 of a container has no default for signals", async () => {
    const script = `
      /bin/busybox unshare -p -f /usr/bin/ovn-run controller & parent=$!
      tries=0
      while kill -0 $parent 2>/dev/null && [ $tries -lt 100 ]; do
        child=$(awk -v parent=$parent '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null)
        [ -z "$child" ] || kill -TERM $child 2>/dev/null
        tries=$((tries + 1))
        sleep 0.2
      done
      [ -z "$child" ] || kill -KILL $child 2>/dev/null
      wait $parent`;
    const { code, stderr } = await unpacked.run(["/bin/sh", "-c", script]);
    assert.equal(code, 143, stderr);
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

  for (const [setting, value, says] of [
    ["OVN_DATAPATH", "kernal", /OVN_DATAPATH "kernal" of .* is no datapath: write kernel or userspace/],
    ["OVN_MEMBERS", "2", /OVN_MEMBERS "2" of .* is no number of members: write 1 or 3/],
    ["OVN_TUNNEL_INTERFACE", "", /OVN_TUNNEL_INTERFACE of .* is not set, .*: name one that does not carry/],
  ] as const) {
    it(`stops before anything is started with ${setting} "${value}", and says what to write`, async () => {
      const { code, stderr } = await unpacked.run(["/usr/bin/ovn-run", "check"], { ...userspace, [setting]: value });
      assert.equal(code, 1);
      assert.match(stderr, says);
    });
  }

  it("stops beside an Open vSwitch that is not ours, and beside another OVN", async () => {
    const check = () => unpacked.run(["/usr/bin/ovn-run", "check"], userspace);
    assert.equal((await check()).code, 0);
    {
      const foreign = unpacked.role("openvswitch", {});
      await foreign.start();
      const beside = await check();
      await foreign.stop();
      assert.equal(beside.code, 1);
      assert.match(beside.stderr, /an Open vSwitch runs on this node that is not ours \(.*db\.sock\): stop it/);
    }
    // A socket that nobody serves is what a reboot or a container leaves.
    assert.equal((await check()).code, 0);
    unpacked.write("host/etc/cni/net.d/01-kube-ovn.conflist", "{}");
    assert.match((await check()).stderr, /belongs to another OVN \(01-kube-ovn.conflist\)/);
  });

  it("stops beside an Open vSwitch of another user, which it may not ask", async () => {
    for (const path of ["run/openvswitch/db.sock", "run/openvswitch/ovs-vswitchd.77.ctl"]) {
      await unpacked.run(["/bin/rm", "-f", "/run/openvswitch/db.sock", "/host/etc/cni/net.d/01-kube-ovn.conflist"]);
      const check = () => unpacked.runWithoutCapabilities(["/usr/bin/ovn-run", "check"], userspace);
      assert.equal((await check()).code, 0);
      const socket = join(unpacked.root, path);
      const foreign = createServer().listen(socket);
      await once(foreign, "listening");
      chownSync(socket, 65534, 65534);
      chmodSync(socket, 0o750);
      const beside = await check();
      foreign.close();
      await once(foreign, "close");
      assert.equal(beside.code, 1);
      assert.ok(beside.stderr.includes(`is not ours (/${path})`), beside.stderr);
    }
  });
});
