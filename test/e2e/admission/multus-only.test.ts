// Pods that ask for interfaces by Multus selections: alone, where the namespace opts in, or together with a request.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { root } from "#tools/source-files.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";

const { multusNetworks, multusNamespace, result, token, allocation, finalizer } = annotationKeys;
const optedIn = { [multusNamespace.key]: multusNamespace.value };

describe("pods with Multus selections of ours", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start({ plane: { audit: true } });
    await stack.addSwitch("red", "10.3.0.0/24");
    await stack.addSwitch("green", "10.2.0.0/24");
    // The pod that asks for an address has this network to itself, because another pod might hold the address.
    await stack.addSwitch("fixed", "10.4.0.0/24", "external_ids:k8s.plugin.opnfv.org/gateways=10.4.0.1");
    await stack.addSwitch("blue", "10.10.0.0/24");
    const { administrator, kubectl } = stack.plane;
    await kubectl.apply([
      networkAttachmentDefinitionCrd,
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: optedIn } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "plain" } },
    ]);
    await administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    for (const name of ["shop", "plain"])
      await kubectl.must(["wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=90s"]);
    await define("shop", "red-net", { type: "ovn4nfv-cni", "nfn-network": "red" });
    await define("shop", "fixed-net", { type: "ovn4nfv-cni", "nfn-network": "fixed" });
    const plugins = [{ type: "ovn4nfvk8s-cni", "nfn-network": "green" }, { type: "tuning" }];
    await define("shop", "green-net", { cniVersion: "0.3.1", name: "green-net", plugins });
    await define("shop", "macvlan", { type: "macvlan" });
    await define("shop", "ovn-networkobj", { cniVersion: "0.3.1", type: "ovn4nfvk8s-cni" });
    await define("plain", "red-net", { type: "ovn4nfv-cni", "nfn-network": "red" });
  });
  after(() => stack[Symbol.asyncDispose]());

  const define = (namespace: string, name: string, config: object): Promise<void> =>
    stack.plane.kubectl.apply([attachmentDefinition(namespace, name, config)]);
  const create = (
    name: string,
    selections: string,
    annotations: object = {},
    namespace = "shop",
  ): Promise<KubeObject> =>
    stack.create(
      podManifest({ name, namespace, annotations: { [multusNetworks.key]: selections, ...annotations } }),
      namespace,
    );
  const resultsOf = ({ metadata }: KubeObject) => parseResult(metadata.annotations?.[result.key] ?? "");
  const told = (pod: KubeObject) => resultsOf(pod).map((one) => [one.interface, one.network]);
  const portsOf = async (pod: string) => {
    const { nb } = await stack.assertInvariants();
    const id = (await stack.pods.get({ namespace: "shop", name: pod })).metadata.labels?.[allocation.key] ?? "";
    return nb.ports.filter(({ externalIds }) => externalIds.get("k8s.plugin.opnfv.org/pod") === pod && id !== "");
  };
  async function refusalOf(creating: Promise<KubeObject>): Promise<string> {
    const error = await creating.then(
      () => assert.fail("was stored"),
      (caught: unknown) => caught,
    );
    return apiErrorDetails(error)?.message.split("denied the request: ")[1] ?? String(error);
  }

  it("are allocated by the short form, one interface for each selection, the same network twice too", async () => {
    const pod = await create("short", "macvlan,red-net,green-net@uplink,shop/red-net");
    assert.deepEqual(told(pod), [
      ["net2", "red"],
      ["uplink", "green"],
      ["net4", "red"],
    ]);
    assert.equal(pod.metadata.annotations?.[multusNetworks.key], "macvlan,red-net,green-net@uplink,shop/red-net");
    assert.deepEqual(pod.metadata.finalizers, [finalizer.key]);
    assert.equal((await portsOf("short")).length, 3);
  });

  it("are allocated by the JSON form, with the addresses, MAC, name and default route that it asks for", async () => {
    const element = {
      ips: ["10.4.0.77/24"],
      mac: "0a:00:00:00:00:77",
      interface: "uplink",
      "default-route": ["10.4.0.1"],
    };
    const [only] = resultsOf(await create("json", JSON.stringify([{ name: "fixed-net", ...element }])));
    assert.deepEqual(only?.ip_address, ["10.4.0.77/24"]);
    assert.deepEqual(
      [only.mac_address, only.interface, only.defaultGateway, only.gateway_ip],
      ["0a:00:00:00:00:77", "uplink", "true", ["10.4.0.1"]],
    );
  });

  it("are left as they are where the namespace has not opted in, or where no selection is ours", async () => {
    for (const pod of [await create("plain", "red-net", {}, "plain"), await create("foreign", "macvlan")]) {
      assert.equal(pod.metadata.annotations?.[result.key], undefined);
      assert.deepEqual(pod.metadata.finalizers ?? [], []);
    }
  });

  it("follow definitions that were made or changed a moment ago", async () => {
    await define("shop", "fresh", { type: "ovn4nfv-cni", "nfn-network": "green" });
    assert.deepEqual(told(await create("fresh", "fresh")), [["net1", "green"]]);
    // A name that the watch lacks is looked up.
    assert.equal((await create("dangling", "not-yet")).metadata.annotations?.[result.key], undefined);
    await assertRareRights(stack.plane, "test/e2e/admission/multus-only.test.ts");
  });

  it("a copied Multus-only pod gets addresses of its own", async () => {
    const pod = await create("original", "red-net");
    const { annotations = {}, labels = {}, finalizers = [] } = pod.metadata;
    const copied = await stack.create(
      podManifest({ name: "copy", namespace: "shop", annotations, labels, finalizers }),
      "shop",
    );
    assert.notEqual(copied.metadata.labels?.[allocation.key], labels[allocation.key]);
    assert.notEqual(copied.metadata.annotations?.[token.key], annotations[token.key]);
    assert.notDeepEqual(resultsOf(copied)[0]?.ip_address, resultsOf(pod)[0]?.ip_address);
    assert.equal((await portsOf("copy")).length, 1);
    assert.equal((await portsOf("original")).length, 1);
  });

  it("a mixed pod is allocated once, by its request", async () => {
    const pod = await create("mixed", "red-net,macvlan,green-net", request({ name: "green" }, { name: "red" }));
    assert.deepEqual(told(pod), [
      ["net3", "green"],
      ["net1", "red"],
    ]);
    assert.equal(pod.metadata.annotations?.[multusNetworks.key], "red-net,macvlan,green-net", "no element is added");
    assert.equal((await portsOf("mixed")).length, 2);
    assert.equal(pod.metadata.finalizers?.length, 1);
  });

  it("Nodus' own selections work: another definition name, no interface, CNI_IFNAME net1 beside net2 and net3", async () => {
    const interfaces = [
      { name: "red", interface: "net2" },
      { name: "green", interface: "net3" },
    ];
    const pod = await create("nodus", '[{"name":"ovn-networkobj"}]', request(...interfaces));
    assert.deepEqual(told(pod), [
      ["net2", "red"],
      ["net3", "green"],
    ]);
    assert.equal(pod.metadata.annotations?.[multusNetworks.key], '[{"name":"ovn-networkobj"}]');
    assert.equal((await portsOf("nodus")).length, 2);
  });

  it("are made by the example of the README", async () => {
    const blocks = readFileSync(`${root}/README.md`, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```/gm);
    const [example] = [...blocks].map(([, text = ""]) => text).filter((text) => text.includes("multus-pods: enabled"));
    const documents = (example ?? "").split("---\n");
    const { kubectl } = stack.plane;
    await kubectl.apply(documents.slice(0, 1).join(""));
    await kubectl.must(["wait", "--for=create", "serviceaccount/default", "-n", "tenant", "--timeout=90s"]);
    await kubectl.apply(documents.slice(1).join("---\n"));
    const [first, second] = resultsOf((await kubectl.get(["pod", "probe", "-n", "tenant"])) as KubeObject);
    assert.deepEqual(first?.ip_address, ["10.10.0.30/24"]);
    assert.deepEqual([first.interface, second?.interface], ["net1", "spare"]);
  });

  it("are refused, in the words of the annotation, where Multus would find a name or an address taken", async () => {
    const key = multusNetworks.key;
    assert.equal(
      await refusalOf(create("taken", "macvlan@net2,red-net")),
      `InterfaceInvalid: ${key}: [1].interface "net2" is the name of an interface of another selection as well; give each selection an interface name of its own`,
    );
    assert.match(
      await refusalOf(create("held", '[{"name":"fixed-net","ips":["10.4.0.77"]}]')),
      /^AddressInUse: k8s\.v1\.cni\.cncf\.io\/networks: \[0\]\.ips "10\.4\.0\.77" .* or leave ips out$/,
    );
    assert.match(await refusalOf(create("all", "ovn-networkobj")), /^SelectionInvalid: .*without nfn-network/);
    const unnamed = await refusalOf(create("half", "red-net", request({ name: "red" }, { name: "green" })));
    assert.match(unnamed, /^SelectionInvalid: .*nfn-network: interface\[1\] "green" is on a network for which/);
    await stack.assertInvariants();
  });
});
