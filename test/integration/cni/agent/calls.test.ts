import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { printResult } from "#src/api/result.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { nodePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { baseConfig, cniArgs, type TestPod, WiredNodes } from "#test/stacks/cni/wired-nodes.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(nodePrograms);

const errorOf = ({ stdout }: CommandResult) => JSON.parse(stdout) as { readonly code: number; readonly msg: string };

describe("the agent behind its shim", { skip: whyNot, timeout: 280_000 }, () => {
  const folder = createTemporaryFolder("agent-calls");
  let nodes: WiredNodes;
  let address = 10;
  before(async () => {
    nodes = await WiredNodes.start(folder.path, ["--sweep-interval", "1s"]);
  });
  after(async () => {
    await nodes.stop();
    folder.remove();
  });

  /** A pod on the first node with one interface on each of the networks. */
  const admit = (name: string, networks: readonly string[] = ["blue"]): Promise<TestPod> =>
    nodes.admit(
      name,
      0,
      networks.map((network, index) => ({
        interface: `net${index + 1}`,
        network,
        ip_address: [`10.${index + 1}.0.${(address += 1)}/24`],
      })),
    );
  const netnsOf = (name: string) => nodes.node(0).addNetns(name);
  const add = (pod: TestPod, containerId: string, netns: string, config: object = {}, interfaceName = "net1") =>
    nodes.call(0, { command: "ADD", pod, containerId, netns, config, interfaceName });
  const del = (pod: TestPod, containerId: string, interfaceName = "net1") =>
    nodes.call(0, { command: "DEL", pod, containerId, interfaceName });
  const succeeds = (result: CommandResult) => {
    assert.equal(result.code, 0, result.stdout);
    return result.stdout === "" ? {} : (JSON.parse(result.stdout) as { interfaces?: { name: string }[] });
  };
  const nothingLeft = async () => {
    assert.deepEqual(await nodes.node(0).ports(), []);
    assert.deepEqual(await nodes.node(0).pairs(), []);
  };

  test("ADD, CHECK and DEL work at each version; a changed sandbox fails CHECK with every difference", async () => {
    for (const cniVersion of ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]) {
      const name = `v${cniVersion.replaceAll(".", "-")}`;
      const [pod, netns] = [await admit(name, ["blue", "green"]), await netnsOf(name)];
      const prevResult = succeeds(await add(pod, name, netns, { cniVersion }));
      const check = () =>
        nodes.call(0, { command: "CHECK", pod, containerId: name, netns, config: { cniVersion, prevResult } });
      if (cniVersion === "0.3.1") assert.equal(errorOf(await check()).code, 1);
      else {
        succeeds(await check());
        await nodes.node(0).inPod(name, "ip", "link", "set", "net2", "mtu", "1300");
        assert.match(errorOf(await check()).msg, /net2 has MTU 1300 instead of 1442/);
      }
      succeeds(await del(pod, name));
      succeeds(await del(pod, name));
      await nothingLeft();
      await nodes.node(0).removeNetns(name);
    }
  });

  test("GC takes the attachments that the runtime does not list, of its own network only", async () => {
    const pods = [await admit("gc-a"), await admit("gc-b")];
    for (const pod of pods) succeeds(await add(pod, pod.name, await netnsOf(pod.name)));
    const environment = { CNI_COMMAND: "GC", CNI_PATH: "/opt/cni/bin" };
    const gc = (name: string) =>
      nodes.node(0).callShim(environment, {
        ...baseConfig,
        name,
        "cni.dev/valid-attachments": [{ containerID: "gc-a", ifname: "net1" }],
      });
    succeeds(await gc("other"));
    assert.equal((await nodes.node(0).ports()).length, 2);
    succeeds(await gc(baseConfig.name));
    assert.equal((await nodes.node(0).ports()).length, 1);
    assert.equal((await nodes.node(0).pairs()).length, 1);
    for (const pod of pods) {
      succeeds(await del(pod, pod.name));
      await nodes.node(0).removeNetns(pod.name);
    }
    await nothingLeft();
  });

  test("one call for each network gives the same interfaces as one call for all", async () => {
    const [pod, netns] = [await admit("each", ["blue", "green"]), await netnsOf("each")];
    // These are selections as Nodus made them: CNI_IFNAME is the name from Multus, and the interface keeps that of the
    // request.
    const first = succeeds(await add(pod, "each", netns, { "nfn-network": "green" }, "net7"));
    assert.deepEqual(
      first.interfaces?.map(({ name }) => name).filter((name) => name.startsWith("net")),
      ["net2"],
    );
    succeeds(await add(pod, "each", netns, { "nfn-network": "blue" }, "net8"));
    succeeds(await del(pod, "each", "net7"));
    assert.equal((await nodes.node(0).ports()).length, 1);
    succeeds(await del(pod, "each", "net8"));
    await nothingLeft();
    await nodes.node(0).removeNetns("each");
  });

  test("behind another plugin its result comes first, and pods that are not ours are let through", async () => {
    const [pod, netns] = [await admit("chained"), await netnsOf("chained")];
    const prevResult = {
      interfaces: [{ name: "eth0", sandbox: netns }],
      ips: [{ address: "10.244.0.5/24", interface: 0 }],
    };
    const chained = succeeds(await add(pod, "chained", netns, { prevResult }));
    assert.deepEqual(
      chained.interfaces?.map(({ name }) => name).filter((name) => !name.startsWith("ovn")),
      ["eth0", "net1"],
    );
    succeeds(await del(pod, "chained"));
    nodes.api.put({ metadata: { namespace: "default", name: "plain", uid: "plain-1" }, spec: { nodeName: "n1" } });
    const plain = { ...pod, name: "plain", uid: "plain-1" };
    assert.equal(succeeds(await add(plain, "plain", netns, { prevResult })).interfaces?.length, 1);
    const refused = errorOf(await add(plain, "plain", netns));
    assert.match(refused.msg, /default\/plain has no interfaces of ours/);
    await nothingLeft();
    await nodes.node(0).removeNetns("chained");
  });

  test("a result that was edited, and another pod's token, are refused with an Event, and nothing is wired", async () => {
    const [pod, netns] = [await admit("victim"), await netnsOf("forger")];
    const forger = { ...pod, name: "forger", uid: "forger-1" };
    await nodes.store(forger, 0, pod);
    // The uid differs, so that the agent does not use what its informer knew before.
    const edited = {
      ...pod,
      uid: "victim-2",
      interfaces: pod.interfaces.map((one) => ({ ...one, ip_address: ["10.1.0.99/24"] })),
    };
    assert.notEqual(printResult(edited.interfaces), printResult(pod.interfaces));
    const before = nodes.api.events.length;
    const copied = await add(forger, "forger", netns);
    await nodes.store(edited, 0, pod);
    const changed = await add(edited, "victim", netns);
    for (const result of [copied, changed]) {
      assert.equal(errorOf(result).code, 100);
      assert.match(errorOf(result).msg, /^ForgedResult: /);
    }
    await nothingLeft();
    await nodes.node(0).agent.restart();
    const reasons = nodes.api.events.slice(before).map(({ reason }) => reason);
    assert.deepEqual(reasons, ["ForgedResult", "ForgedResult"], "written at the latest when the agent ends");
    await nodes.node(0).removeNetns("forger");
  });

  test("an agent that is killed in the middle of ADD leaves nothing once DEL was called", async () => {
    const [pod, netns] = [await admit("killed"), await netnsOf("killed")];
    // Without ovn-controller, ADD has made everything and waits.
    nodes.node(0).host.chassis.controller.freeze();
    const adding = add(pod, "killed", netns);
    await until(async () => (await nodes.node(0).ports()).length === 1);
    await nodes.node(0).agent.kill();
    assert.equal(errorOf(await adding).code, 11);
    nodes.node(0).host.chassis.controller.thaw();
    assert.equal(errorOf(await del(pod, "killed")).code, 11, "no agent: the runtime tries again");
    await nodes.node(0).agent.start();
    succeeds(await del(pod, "killed"));
    await nothingLeft();
    await nodes.node(0).removeNetns("killed");
  });

  test("a late DEL of an old sandbox leaves the new one as it is", async () => {
    const pod = await admit("again");
    const [first, second] = [await netnsOf("again-1"), await netnsOf("again-2")];
    succeeds(await add(pod, "again-1", first));
    succeeds(await add(pod, "again-2", second));
    const ports = await nodes.node(0).ports();
    assert.equal(ports.length, 1, "the new sandbox's port took the place of the old one's");
    succeeds(await del(pod, "again-1"));
    assert.deepEqual(await nodes.node(0).ports(), ports);
    succeeds(await del(pod, "again-2"));
    for (const name of ["again-1", "again-2"]) await nodes.node(0).removeNetns(name);
    await nothingLeft();
  });

  test("the pair of an old sandbox for which DEL never comes is removed, though something keeps its namespace", async () => {
    const pod = await admit("forgotten");
    const [first, second] = [await netnsOf("forgotten-1"), await netnsOf("forgotten-2")];
    succeeds(await add(pod, "forgotten-1", first));
    succeeds(await add(pod, "forgotten-2", second));
    assert.equal((await nodes.node(0).pairs()).length, 2);
    await nodes.node(0).agent.restart();
    await until(async () => (await nodes.node(0).pairs()).length === 1);
    assert.equal((await nodes.node(0).ports()).length, 1);
    succeeds(await del(pod, "forgotten-2"));
    await nothingLeft();
    for (const name of ["forgotten-1", "forgotten-2"]) await nodes.node(0).removeNetns(name);
  });

  test("an ADD ends when its pod is deleted meanwhile, and rolls everything back", async () => {
    const [pod, netns] = [await admit("fleeting"), await netnsOf("fleeting")];
    nodes.node(0).host.chassis.controller.freeze();
    const adding = add(pod, "fleeting", netns);
    await until(async () => (await nodes.node(0).ports()).length === 1);
    nodes.api.delete("default", "fleeting");
    const { code, msg } = errorOf(await adding);
    nodes.node(0).host.chassis.controller.thaw();
    assert.equal(code, 3);
    assert.match(msg, /default\/fleeting was deleted meanwhile/);
    await nothingLeft();
    await nodes.node(0).removeNetns("fleeting");
  });

  test("20 pods are wired side by side, and a burst of DEL leaves nothing", async () => {
    const pods: TestPod[] = [];
    for (let n = 0; n < 20; n++) {
      pods.push(await admit(`many-${n}`));
      await netnsOf(`many-${n}`);
    }
    const added = await Promise.all(pods.map((pod) => add(pod, pod.name, `/run/netns/${pod.name}`)));
    added.forEach(succeeds);
    assert.equal((await nodes.node(0).ports()).length, 20);
    (await Promise.all(pods.map((pod) => del(pod, pod.name)))).forEach(succeeds);
    await nothingLeft();
    for (const { name } of pods) await nodes.node(0).removeNetns(name);
  });

  test("the sweep removes the port of a sandbox that is gone without DEL", async () => {
    const [pod, netns] = [await admit("lost"), await netnsOf("lost")];
    succeeds(await add(pod, "lost", netns));
    await nodes.node(0).removeNetns("lost");
    await until(async () => (await nodes.node(0).ports()).length === 0);
    await nothingLeft();
  });

  test("DEL needs no API server and no network namespace (the predecessor's pods hung in Terminating)", async () => {
    const [pod, netns] = [await admit("alone"), await netnsOf("alone")];
    succeeds(await add(pod, "alone", netns));
    nodes.api.delete("default", "alone");
    const asked = nodes.api.requests.length;
    succeeds(await del(pod, "alone"));
    assert.deepEqual(
      nodes.api.requests.slice(asked).filter((request) => request.includes("/pods/")),
      [],
      "nobody was asked",
    );
    await nothingLeft();
    await nodes.node(0).removeNetns("alone");
  });

  test("a dual-stack pod takes its default route over OVN, each range by its own family (the predecessor gave both at once)", async () => {
    nodes.api.collections.set("nodes", [
      {
        metadata: { name: "n1", uid: "n1", resourceVersion: "1" },
        spec: { podCIDRs: ["10.244.1.0/24", "fd00:244:1::/64"] },
        status: { addresses: [{ type: "InternalIP", address: "192.0.2.11" }] },
      },
    ]);
    nodes.api.collections.set("servicecidrs", [
      {
        metadata: { name: "kubernetes", uid: "k", resourceVersion: "1" },
        spec: { cidrs: ["10.96.0.0/12", "fd00:96::/112"] },
      },
    ]);
    const pod = await nodes.admit("dual", 0, [
      {
        interface: "net1",
        network: "purple",
        ip_address: ["10.9.0.7/24", "fd00:9::7/64"],
        gateway_ip: ["10.9.0.1", "fd00:9::1"],
        defaultGateway: "true",
      },
    ]);
    const netns = await netnsOf("dual");
    const inPod = (...words: string[]) => nodes.node(0).inPod("dual", "ip", ...words);
    await inPod("link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
    for (const link of ["eth0", "peer0"]) await inPod("link", "set", link, "up");
    await inPod("addr", "add", "10.244.1.5/24", "dev", "eth0");
    await inPod("addr", "add", "fd00:244:1::5/64", "dev", "eth0", "nodad");
    await inPod("route", "add", "default", "via", "10.244.1.1");
    await inPod("-6", "route", "add", "default", "via", "fd00:244:1::1");
    succeeds(await add(pod, "dual", netns));
    const [ipv4, ipv6] = [(await inPod("route")).stdout, (await inPod("-6", "route")).stdout];
    assert.match(ipv4, /^default via 10\.9\.0\.1 dev net1/m);
    assert.match(ipv4, /^10\.96\.0\.0\/12 via 10\.244\.1\.1 dev eth0/m);
    assert.match(ipv4, /^192\.0\.2\.11 via 10\.244\.1\.1 dev eth0/m);
    assert.match(ipv6, /^default via fd00:9::1 dev net1/m);
    assert.match(ipv6, /^fd00:96::\/112 via fd00:244:1::1 dev eth0/m);
    succeeds(await del(pod, "dual"));
    await nothingLeft();
    await nodes.node(0).removeNetns("dual");
  });

  test("CNI_ARGS with a second `=` in a value is read (the predecessor refused the call)", async () => {
    const [pod, netns] = [await admit("equals"), await netnsOf("equals")];
    const environment = {
      CNI_CONTAINERID: "e",
      CNI_IFNAME: "net1",
      CNI_NETNS: netns,
      CNI_ARGS: `${cniArgs(pod)};X=a=b`,
    };
    succeeds(await nodes.node(0).callShim({ ...environment, CNI_COMMAND: "ADD" }, baseConfig));
    succeeds(await nodes.node(0).callShim({ ...environment, CNI_COMMAND: "DEL" }, baseConfig));
    await nothingLeft();
    await nodes.node(0).removeNetns("equals");
  });
});

/** Asks again and again for a state that no event tells. The time limit of the test ends it. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()));
}
