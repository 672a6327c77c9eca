// Interfaces that come to stored pods and leave them, by changes of the annotation of Multus. A test writes the status of Multus and
// the word of OVN, since there is neither here.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";

const { multusNetworks, multusStatus, result, covered, token } = annotationKeys;

describe("hot plug", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let controller: ManagedProcess;
  let owner: string;
  before(async () => {
    stack = owned.use(await AdmissionStack.start({ replicas: 2 }));
    const { plane } = stack;
    await stack.addSwitch("blue", "10.1.0.0/24");
    // It is large, so that no pod without a wish has an address that another one asks for.
    await stack.addSwitch("red", "10.3.0.0/16");
    await stack.addSwitch("wired", "10.4.0.0/24", "external_ids:k8s.plugin.opnfv.org/physical-network=ovn4nfv-eth1");
    await plane.kubectl.apply([networkAttachmentDefinitionCrd, ...readManifests("deploy/base/guard.yaml")]);
    await plane.administrator.established(networkAttachmentDefinitionCrd.metadata.name);
    await plane.kubectl.apply(
      ["blue", "red", "wired"].map((network) =>
        attachmentDefinition("default", `${network}-net`, { type: "ovn4nfv-cni", "nfn-network": network }),
      ),
    );
    owner = await plane.createUser({ commonName: "owner" });
    await plane.kubectl.must(["create", "rolebinding", "owner", "--clusterrole=edit", "--user=owner"]);
    const flags = { "token-key-file": join(plane.folder, "token.pem") };
    controller = owned.use(controllerProcess(stack, { flags }));
    await controller.start();
    await create("probe");
    await until(async () => (await patch("probe", { [covered.key]: "x" }, "--dry-run=server")).code !== 0, 60_000);
  });
  after(() => owned.disposeAsync());

  const create = (name: string): Promise<KubeObject> =>
    stack.create(podManifest({ name, annotations: request({ name: "blue" }) }));
  const read = (name: string) => stack.pods.get({ namespace: "default", name });
  const patch = (name: string, annotations: object, ...more: readonly string[]) =>
    stack.plane.kubectl.run(
      ["patch", "pod", name, "--type=merge", "-p", JSON.stringify({ metadata: { annotations } }), ...more],
      { kubeconfig: owner },
    );
  const selected = async (name: string): Promise<readonly object[]> =>
    JSON.parse((await read(name)).metadata.annotations?.[multusNetworks.key] ?? "[]") as readonly object[];
  const select = async (name: string, selections: readonly object[], ...more: readonly string[]) =>
    patch(name, { [multusNetworks.key]: JSON.stringify(selections) }, ...more);
  const plug = async (name: string, selection: object, ...more: readonly string[]) =>
    select(name, [...(await selected(name)), selection], ...more);
  const unplug = async (name: string, interfaceName: string) => {
    const left = (await selected(name)).filter((one) => (one as { interface?: string }).interface !== interfaceName);
    return select(name, left);
  };
  const resultOf = ({ metadata }: KubeObject) => metadata.annotations?.[result.key] ?? "";
  const entries = async (name: string) => parseResult(resultOf(await read(name)));
  const ok = ({ code, stderr }: { readonly code: number | null; readonly stderr: string }): void => {
    assert.equal(code, 0, stderr);
  };
  const rows = async (pod: string) => {
    const id = `external_ids:k8s.plugin.opnfv.org/pod=${pod}`;
    const text = await nbctl(
      stack.nb.join(),
      "--bare",
      "--columns=name,external_ids",
      "find",
      "logical_switch_port",
      id,
    );
    return text.split("\n\n").filter((one) => one.trim() !== "");
  };
  const uidOf = async (name: string) => (await read(name)).metadata.uid;
  const untilBound = async (name: string, count: number) => {
    const uid = await uidOf(name);
    await until(async () => {
      const found = await rows(name);
      return found.length === count && found.every((row) => row.includes(`pod-uid=${uid}`));
    });
  };

  it("allocates what is new alone, and binds it to the pod, whose other interfaces stay byte for byte", async () => {
    const before = await create("one");
    ok(await plug("one", { name: "red-net", interface: "net2" }));
    const pod = await read("one");
    assert.ok(resultOf(pod).startsWith(resultOf(before).slice(0, -1)));
    assert.equal(pod.metadata.annotations?.[covered.key], pod.metadata.annotations?.[multusNetworks.key]);
    const [, plugged] = parseResult(resultOf(pod));
    assert.deepEqual([plugged?.interface, plugged?.network, plugged?.plugged], ["net2", "red", true]);
    assert.notEqual(plugged?.port.split("-")[0], pod.metadata.labels?.[annotationKeys.allocation.key]);
    await untilBound("one", 2);
    await stack.assertInvariants();
  });

  it("keeps an interface that leaves until neither Multus nor OVN has it, and gives its address back then", async () => {
    await create("two");
    ok(await plug("two", { name: "red-net", interface: "net2" }));
    const [, plugged] = await entries("two");
    await untilBound("two", 2);
    const status = (...names: readonly string[]) =>
      patch("two", { [multusStatus.key]: JSON.stringify(names.map((one) => ({ name: "n", interface: one }))) });
    ok(await status("eth0", "net1", "net2"));
    ok(await unplug("two", "net2"));
    assert.equal((await entries("two"))[1]?.leaving, true);
    assert.match(
      (await plug("two", { name: "red-net", interface: "net2" })).stderr,
      /ChangeRefused: .*has not left yet/,
    );
    // Somebody forges the status while OVN has the port.
    await nbctl(stack.nb.join(), "set", "logical_switch_port", plugged?.port ?? "", "up=true");
    ok(await status("eth0", "net1"));
    ok(await plug("two", { name: "red-net", interface: "net3" }));
    await untilBound("two", 3);
    await nbctl(stack.nb.join(), "set", "logical_switch_port", plugged?.port ?? "", "up=false");
    await until(async () => (await entries("two")).every(({ leaving }) => leaving !== true));
    assert.deepEqual(
      (await entries("two")).map((one) => one.interface),
      ["net1", "net3"],
    );
    ok(await plug("two", { name: "red-net", interface: "net2" }));
    await untilBound("two", 3);
    await stack.assertInvariants();
  });

  it("leaves nothing of dry runs, and of two writers at once", async () => {
    await create("three");
    ok(await plug("three", { name: "red-net", interface: "net2" }, "--dry-run=server"));
    assert.equal((await rows("three")).length, 1);
    const before = await selected("three");
    const outcomes = await Promise.all(
      [2, 3, 4, 5].map((n) => select("three", [...before, { name: "red-net", interface: `net${n}` }])),
    );
    for (const outcome of outcomes) ok(outcome);
    await until(async () => (await rows("three")).length === (await entries("three")).length);
    await stack.assertInvariants();
  });

  it("gives writers that come at once what they name, though the API server asks for each of them again", async () => {
    await create("five");
    const before = await selected("five");
    const wanted = (n: number) => ({ name: "red-net", interface: `net${n}`, ips: [`10.3.0.${100 + n}/16`] });
    const outcomes = await Promise.all([2, 3, 4, 5].map((n) => select("five", [...before, wanted(n)])));
    for (const outcome of outcomes) ok(outcome);
    await until(async () => (await rows("five")).length === (await entries("five")).length);
    await stack.assertInvariants();
  });

  it("gives what was refused by somebody else when it is asked for again", async () => {
    const created = await create("six");
    const wanted = { name: "red-net", interface: "net2", ips: ["10.3.0.120/16"], mac: "0a:00:00:00:00:20" };
    const annotations = { [multusNetworks.key]: JSON.stringify([...(await selected("six")), wanted]) };
    const invalid = JSON.stringify({ metadata: { annotations }, spec: { terminationGracePeriodSeconds: 7 } });
    const refused = await stack.plane.kubectl.run(["patch", "pod", "six", "--type=merge", "-p", invalid]);
    assert.match(refused.stderr, /pod updates may not change fields/);
    assert.equal(resultOf(await read("six")), resultOf(created));
    ok(await plug("six", wanted));
    await untilBound("six", 2);
    await stack.assertInvariants();
  });

  it("stores a selection whose definition is not there with a warning, and allocates for it once it is", async () => {
    await create("seven");
    const early = await plug("seven", { name: "late-net", interface: "net2" });
    ok(early);
    assert.match(early.stderr, /Warning: .*the definition default\/late-net was not found/);
    assert.equal((await entries("seven")).length, 1);
    const late = attachmentDefinition("default", "late-net", { type: "ovn4nfv-cni", "nfn-network": "red" });
    await stack.plane.kubectl.apply([late]);
    ok(await plug("seven", { name: "red-net", interface: "net3" }));
    assert.deepEqual(
      (await entries("seven")).map((one) => one.interface),
      ["net1", "net2", "net3"],
    );
    await untilBound("seven", 3);
  });

  it("is refused where the interface could not be wired, or would not be the webhook's", async () => {
    await create("four");
    const refused = async (selection: object, wanted: RegExp): Promise<void> => {
      const { code, stderr } = await plug("four", selection);
      assert.notEqual(code, 0);
      assert.match(stderr, wanted);
    };
    await refused({ name: "red-net" }, /InterfaceInvalid: .*is left out/);
    await refused({ name: "red-net", interface: "net1" }, /InterfaceInvalid: .*"net1" is the name/);
    await refused({ name: "wired-net", interface: "net2" }, /WireMissing: .*on no node yet/);
    await refused({ name: "red-net", interface: "net2", ips: ["10.9.0.9"] }, /AddressOutOfRange: /);
    assert.match((await select("four", [])).stderr, /ChangeRefused: .*nfn-network/);
    const [first = {}] = await selected("four");
    const pluggedByHand = JSON.stringify([first, { name: "red-net", interface: "net2" }]);
    const forged = { [multusNetworks.key]: pluggedByHand, [covered.key]: pluggedByHand };
    const byStatus = await patch("four", forged, "--subresource=status");
    assert.notEqual(byStatus.code, 0);
    // The webhook writes over what the user says about himself.
    ok(await patch("four", { ...forged, [result.key]: "[]", [token.key]: "x" }));
    assert.deepEqual(
      (await entries("four")).map((one) => one.interface),
      ["net1", "net2"],
    );
    assert.notEqual((await patch("four", { [result.key]: "[]" })).code, 0);
    assert.notEqual((await patch("four", { [covered.key]: "[]" })).code, 0);
    await untilBound("four", 2);
    await stack.plane.kubectl.must(["delete", "pod", "four", "--timeout=60s"]);
    await until(async () => (await rows("four")).length === 0);
  });
});
