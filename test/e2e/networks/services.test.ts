// Services on networks with a real datapath: connections go to pods in network namespaces, on two chassis.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { serviceProxy } from "#src/api/service/service-config.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { mustRun } from "#tools/process/command.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { chassisPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { drainDuring } from "#test/stacks/services/drained-backends.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import type { DatapathStack } from "#test/stacks/datapath/datapath-stack.ts";
import { tracePacket } from "#test/stacks/datapath/traced-packet.ts";
import {
  httpPort,
  otherOutsideIpv4,
  outsideIpv4,
  outsideIpv6,
  outsideSpec,
  shopIpv4,
  shopIpv6,
  shopService,
  ShopStack,
} from "#test/stacks/services/shop-stack.ts";
import { productFile } from "#tools/build/product-file.ts";

const whyNot = whyNotRoot() || whyProgramsAreMissing(chassisPrograms) || whyToolsAreMissing(controlPlaneTools);
const annotation = "k8s.plugin.opnfv.org/service-ips";
const outsideAsked = "k8s.plugin.opnfv.org/load-balancer-ips";

describe("a Service on a network", { skip: whyNot }, () => {
  let shop: ShopStack;
  let stack: DatapathStack;
  before(async () => {
    shop = await ShopStack.start();
    stack = shop.datapath;
    await kubectl.apply([shopService("web")]);
    await shop.untilReason("web", "Served");
  });
  after(() => shop[Symbol.asyncDispose]());

  const kubectl = {
    apply: (objects: readonly object[]) => stack.admission.plane.kubectl.apply(objects),
    must: (args: readonly string[]) => stack.admission.plane.kubectl.must(args),
  };

  it("has an address of the network's, which its annotation shows", async () => {
    const shown = await kubectl.must(["get", "service", "web", "-o=jsonpath={.metadata.annotations}"]);
    assert.equal((JSON.parse(shown) as Record<string, string>)[annotation], `${shopIpv4},${shopIpv6}`);
  });

  it("is in the table of ovn4nfv services", async () => {
    const table = await mustRun(process.execPath, [
      productFile,
      "services",
      "--kubeconfig",
      stack.admission.plane.adminKubeconfig,
    ]);
    assert.match(table, /^default +web +shop +10\.61\.0\.200,fd61::200 +- +80\/TCP +Served/m);
  });

  it("spreads connections over its pods, from its network and from another one", async () => {
    const clients = [shop.near, shop.far].flatMap((client) => [shopIpv4, shopIpv6].map((to) => [client, to] as const));
    for (const [client, to] of clients) {
      const { answered, failed, errors } = await shop.connect(client, to, 100);
      assert.equal(failed, 0, errors.join());
      assert.deepEqual(Object.keys(answered).sort(), ["web-0", "web-1"]);
      for (const count of Object.values(answered)) assert.ok(count >= 20, JSON.stringify(answered));
    }
  });

  it("is named by a trace, also for SCTP, which the kernel here does not have", async () => {
    assert.match(
      await tracePacket(stack, "near", shopIpv4, "--proto", "tcp"),
      /load balancer: to one of 10\.61\.\S+ +Service default\/web/,
    );
    await kubectl.apply([
      shopService("web", { ports: [httpPort, { name: "s", port: 36412, protocol: "SCTP", targetPort: 36412 }] }),
    ]);
    await until(async () => (await stack.fabric.central.nbctl("list", "Load_Balancer")).includes("sctp"));
    await stack.settle();
    for (const to of [shopIpv4, shopIpv6]) {
      const told = await tracePacket(stack, "near", to, "--proto", "sctp", "--port", "36412");
      assert.match(told, /load balancer: to one of \S+36412\S* +Service default\/web/);
      assert.doesNotMatch(told, /dropped/);
      assert.match(told.trim().split("\n").at(-1) ?? "", /default\/web-[01]/);
    }
    await kubectl.apply([shopService("web")]);
    await until(async () => !(await stack.fabric.central.nbctl("list", "Load_Balancer")).includes("sctp"));
  });

  it("reaches a pod also from itself", async () => {
    const { answered, failed, errors } = await shop.connect({ name: "web-0", host: shop.hostAt(0) }, shopIpv4, 40);
    assert.equal(failed, 0, errors.join());
    assert.equal(Object.keys(answered).length, 2);
  });

  it("loses no connection while a backend is drained: it gets no new ones, and keeps those that it has", async () => {
    const flood = shop.connect(shop.near, shopIpv4, 1_000);
    await shop.sayReady("web-1", "False");
    await until(async () => !/,/.test(await shop.balancers()));
    const { failed, errors } = await flood;
    assert.equal(failed, 0, errors.join());
    await stack.settle();
    assert.deepEqual(Object.keys((await shop.connect(shop.near, shopIpv4, 20)).answered), ["web-0"]);
  });

  it("says when no pod is ready, and refuses connections at once", async () => {
    await kubectl.apply([shopService("web", { selector: { app: "nobody" } })]);
    await shop.untilReason("web", "NoBackends");
    const { answered, failed, errors } = await shop.connect(shop.near, shopIpv4, 1);
    assert.deepEqual([answered, failed, errors], [{}, 1, ["ECONNREFUSED"]]);
    await kubectl.apply([shopService("web")]);
    await shop.untilReason("web", "Served");
  });

  it("gets another address than others, the one that it asks for, or the reason why not", async () => {
    await kubectl.apply([shopService("second")]);
    await shop.untilReason("second", "Served");
    await kubectl.apply([shopService("third")]);
    await shop.untilReason("third", "PoolExhausted");
    await kubectl.apply([shopService("asks", {}, { [annotation]: shopIpv4 })]);
    await shop.untilReason("asks", "AddressInUse");
    await kubectl.apply([shopService("outside", {}, { [annotation]: "10.61.0.7" })]);
    await shop.untilReason("outside", "AddressOutOfRange");
    await kubectl.must(["delete", "service", "second", "outside", "third"]);
    await kubectl.apply([shopService("asks", {}, { [annotation]: "10.61.0.201" })]);
    await shop.untilReason("asks", "Served");
    assert.deepEqual(Object.keys((await shop.connect(shop.far, "10.61.0.201", 5)).answered), ["web-0"]);
  });

  const ingressOf = (name: string): Promise<string> =>
    kubectl.must(["get", "service", name, "-o=jsonpath={.status.loadBalancer.ingress[*].ip}"]);

  it("is reached from outside by an address of the Uplink, and by that from pods as well", async () => {
    await kubectl.apply([shopService("door", outsideSpec, { [outsideAsked]: `${outsideIpv4} ${outsideIpv6}` })]);
    await shop.untilReason("door", "ServedOutside", "ServedOutside");
    assert.equal(await ingressOf("door"), `${outsideIpv4} ${outsideIpv6}`);
    await shop.untilReached(outsideIpv4);
    await shop.untilReached(outsideIpv6);
    for (const to of [outsideIpv4, outsideIpv6]) {
      const { answered, failed, errors } = await shop.connect("outside", to, 100);
      assert.equal(failed, 0, errors.join());
      assert.deepEqual(Object.keys(answered), ["web-0"]);
      for (const client of [shop.near, shop.far]) assert.equal((await shop.connect(client, to, 10)).failed, 0);
    }
  });

  it("loses no connection from outside while its backends are drained in turn", async () => {
    await shop.sayReady("web-1", "True");
    await until(async () => (await shop.balancers()).includes(","));
    const { answered } = await drainDuring(shop, "outside", outsideIpv4, 1_000);
    assert.deepEqual(Object.keys(answered).sort(), ["web-0", "web-1"]);
    await shop.sayReady("web-1", "False");
    await until(async () => !(await shop.balancers()).includes(","));
  });

  it("keeps new connections from outside working when another node takes over the gateway", async () => {
    await kubectl.must(["label", "node", "n2", `${nodeKeys.gateway.key}=`]);
    await kubectl.must(["label", "node", "n1", `${nodeKeys.gateway.key}-`]);
    await until(async () =>
      /chassis-2|n2/.test(await kubectl.must(["get", "uplink", "west", "-o=jsonpath={.status.gatewayChassis}"])),
    );
    await stack.settle();
    await shop.untilReached(outsideIpv4);
    assert.equal((await shop.connect("outside", outsideIpv4, 50)).failed, 0);
  });

  it("shares the pool of the Uplink with FloatingIPs and pods, and no address is given twice", async () => {
    await kubectl.apply([
      {
        apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
        kind: "FloatingIP",
        metadata: { name: "wants", namespace: "default" },
        spec: { uplink: "west", selector: { matchLabels: { app: "web" } }, address: outsideIpv4 },
      },
    ]);
    const ready = (reason: string) => `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await kubectl.must(["wait", "floatingip/wants", `--for=${ready("AddressInUse")}`, "--timeout=60s"]);
    await kubectl.must(["delete", "floatingip", "wants"]);
    const asks = { type: "ovn4nfv", interface: [{ name: "shop", externalIp: outsideIpv4 }] };
    const { stderr } = await stack.admission.plane.kubectl.run([
      "run",
      "thief",
      "--image=none",
      `--annotations=k8s.plugin.opnfv.org/nfn-network=${JSON.stringify(asks)}`,
    ]);
    assert.match(stderr, /AddressInUse.* is in use by a Service of the namespace default/s);
    await kubectl.apply([shopService("window", outsideSpec, { [outsideAsked]: otherOutsideIpv4 })]);
    await shop.untilReason("window", "ServedOutside", "ServedOutside");
    await kubectl.apply([shopService("waits", outsideSpec)]);
    await shop.untilReason("waits", "LimitReached", "ServedOutside");
    const kubeconfig = ["--kubeconfig", stack.admission.plane.adminKubeconfig];
    const shown = await mustRun(process.execPath, [productFile, "services", "waits", ...kubeconfig]);
    assert.match(shown, /has 3 of at most 3 addresses of the Uplink west: delete a FloatingIP, a Service or a pod/);
    await kubectl.must(["delete", "service", "door"]);
    await shop.untilReason("waits", "ServedOutside", "ServedOutside");
    assert.equal(await ingressOf("waits"), `${outsideIpv4} ${outsideIpv6}`);
  });

  it("has the same address outside again when NB has lost it, and none when it does not ask any more", async () => {
    const { central } = stack.fabric;
    const list = (column: string) => central.nbctl("--bare", `--columns=${column}`, "list", "Address_Set");
    const before = await list("_uuid");
    await central.nbctl("--all", "destroy", "Address_Set");
    for (const ip of [outsideIpv4, otherOutsideIpv4]) {
      await until(async () => (await list("external_ids")).includes(`floating-address=${ip}`));
    }
    assert.notEqual(await list("_uuid"), before);
    assert.deepEqual(
      [await ingressOf("waits"), await ingressOf("window")],
      [`${outsideIpv4} ${outsideIpv6}`, otherOutsideIpv4],
    );
    await shop.untilReached(outsideIpv4);
    await kubectl.must([
      "patch",
      "service",
      "window",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { type: "ClusterIP", loadBalancerClass: null } }),
    ]);
    await until(async () => (await ingressOf("window")) === "");
    // The chassis learn of it a moment after the Service says so.
    await until(async () => (await shop.connect("outside", otherOutsideIpv4, 1)).failed === 1);
    await kubectl.must(["delete", "service", "window", "waits"]);
  });

  it("is reached from outside only while its namespace has the labels that the Uplink admits", async () => {
    const admit = (allowedNamespaces: object | null) => {
      const patch = JSON.stringify({ spec: { floating: { allowedNamespaces } } });
      return kubectl.must(["patch", "uplink", "west", "--type=merge", "-p", patch]);
    };
    await kubectl.must(["label", "namespace", "default", "team=a"]);
    await admit({ selector: { matchLabels: { team: "a" } } });
    await kubectl.apply([shopService("gated", outsideSpec)]);
    await shop.untilReason("gated", "ServedOutside", "ServedOutside");
    await kubectl.must(["label", "namespace", "default", "team-"]);
    await shop.untilReason("gated", "NamespaceNotAllowed", "ServedOutside");
    await kubectl.must(["label", "namespace", "default", "team=a"]);
    await shop.untilReason("gated", "ServedOutside", "ServedOutside");
    await kubectl.must(["delete", "service", "gated"]);
    await kubectl.must(["label", "namespace", "default", "team-"]);
    await admit(null);
  });

  it("says nothing of us any more when it has lost the label, also while the controller was away", async () => {
    const label = serviceProxy.label;
    const said = async () => {
      const shown = await kubectl.must(["get", "service", "leaves", "-o=jsonpath={.metadata.annotations}{.status}"]);
      return shown.includes(shopIpv4.slice(0, -1)) || /opnfv\.org\/Served|"ip"/.test(shown);
    };
    const before = await shop.balancers();
    await kubectl.apply([shopService("leaves", outsideSpec)]);
    await shop.untilReason("leaves", "ServedOutside", "ServedOutside");
    await kubectl.must(["label", "service", "leaves", `${label}-`]);
    await until(async () => !(await said()));
    await until(async () => (await shop.balancers()) === before);
    await kubectl.must(["label", "service", "leaves", `${label}=${serviceProxy.value}`]);
    await shop.untilReason("leaves", "ServedOutside", "ServedOutside");
    await stack.controller.stop();
    await kubectl.must(["label", "service", "leaves", `${label}-`]);
    await stack.controller.start();
    await until(async () => !(await said()));
    await kubectl.must(["delete", "service", "leaves"]);
  });

  it("is no address of a pod", async () => {
    const { stderr } = await stack.admission.plane.kubectl.run([
      "run",
      "thief",
      "--image=none",
      `--annotations=k8s.plugin.opnfv.org/nfn-network={"type":"ovn4nfv","interface":[{"name":"shop","ipAddress":"${shopIpv4}"}]}`,
    ]);
    assert.match(stderr, /AddressReserved|AddressInUse/);
  });

  it("keeps its connections while the controller starts again", async () => {
    const flood = shop.connect(shop.near, shopIpv4, 1_000);
    await stack.controller.restart();
    const { failed, errors } = await flood;
    assert.equal(failed, 0, errors.join());
  });

  it("leaves nothing when it is deleted", async () => {
    const { central } = stack.fabric;
    await kubectl.must(["delete", "service", "web", "asks"]);
    const left = async () => {
      const tables = ["Load_Balancer", "Load_Balancer_Group", "Address_Set"].map((table) =>
        central.nbctl("--bare", "--columns=_uuid", "list", table),
      );
      return (await Promise.all(tables)).join("").trim();
    };
    await until(async () => (await left()) === "");
    const groups = await central.nbctl("--bare", "--columns=load_balancer_group", "list", "Logical_Switch");
    assert.equal(groups.trim(), "");
  });

  it("takes the rights that only Services need", async () => {
    await assertRareRights(stack.admission.plane, "test/e2e/networks/services.test.ts");
  });
});
