import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyPatch } from "rfc6902";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { parseResult } from "#src/api/result.ts";
import type { PatchOperation } from "#src/api/text/json-patch.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import type { PodDemand } from "#src/pods/demand/pod-demand.ts";
import { PodPatch, type PodPatchOptions } from "#src/pods/patch/pod-patch.ts";
import { createTokenSigner, dryRunToken, ephemeralTokenKey, type TokenSubject } from "#src/tokens/token.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";
import { interfacesOf } from "#test/fixtures/pods/pod-interfaces.ts";

const { result, token, allocation, finalizer, multusNetworks } = annotationKeys;
const signer = await createTokenSigner(ephemeralTokenKey());
const ours = { namespace: "kube-system", name: "ovn4nfv" };

interface Metadata {
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
}

interface Setting {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly selectsOurs?: boolean;
  /** Whether Multus is told of our definition. */
  readonly byMultus?: boolean;
}

/** The patch of a pod that asks for one interface, and the ports that are planned for it. */
function patching({ annotations = {}, selectsOurs = false, byMultus = true }: Setting = {}) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.1.0.0/24", { gateways: "10.1.0.1" });
  const object = { metadata: { name: "web", annotations } };
  const demand: PodDemand = {
    interfaces: interfacesOf({ name: "blue" }),
    allocation: requestOf(portRequest("blue")),
    selectsOurs,
    networksReady: false,
  };
  const signed: TokenSubject[] = [];
  const sign = (subject: TokenSubject): string => {
    signed.push(subject);
    return signer.sign(subject);
  };
  const options: PodPatchOptions = { signer: { ...signer, sign }, definition: byMultus ? ours : undefined };
  const patch = new PodPatch(object, readPod(object), demand, options);
  const ports = planPorts(demand.allocation, nb.view).map((port) => ({ ...port, name: "A-net1" }));
  const after = (operations: readonly PatchOperation[]): Metadata => {
    const copy: { readonly metadata: object } = structuredClone(object);
    for (const error of applyPatch(copy, operations as never)) assert.equal(error, null);
    return copy.metadata as Metadata;
  };
  return { patch, ports, signed, after };
}

describe("the patch of a pod", () => {
  it("carries the result, the token over it, and the marks of the allocation", () => {
    const { patch, ports, signed, after } = patching();
    const { annotations, labels, finalizers } = after(patch.of({ id: "A", ports }));
    const [first] = parseResult(annotations[result.key] ?? "");
    assert.deepEqual([first?.port, first?.ip_address], ["A-net1", ["10.1.0.2/24"]]);
    assert.deepEqual([labels[allocation.key], finalizers], ["A", [finalizer.key]]);
    assert.ok(annotations[token.key]);
    assert.deepEqual(
      signed.map((subject) => [subject.allocation, subject.namespace, subject.name, subject.result]),
      [["A", "default", "web", annotations[result.key]]],
    );
  });

  it("is made once when the plan became the allocation, and anew when it did not", () => {
    const { patch, ports, signed } = patching();
    patch.prepare({ id: "A", ports });
    patch.of({ id: "A", ports });
    assert.equal(signed.length, 1);
    patch.of({ id: "B", ports });
    assert.deepEqual(
      signed.map((subject) => subject.allocation),
      ["A", "B"],
    );
  });

  it("leaves a failure of the early try to the answer", () => {
    const { patch, ports } = patching();
    const more = [...ports, ...ports];
    patch.prepare({ id: "A", ports: more });
    assert.throws(() => patch.of({ id: "A", ports: more }));
  });

  it("shows in a dry run the same result, under an id and a token that are never valid", () => {
    const { patch, ports, signed, after } = patching();
    const { annotations, labels } = after(patch.ofDryRun(ports));
    assert.equal(parseResult(annotations[result.key] ?? "")[0]?.port, "dry-run-net1");
    assert.deepEqual([annotations[token.key], labels[allocation.key], signed.length], [dryRunToken, "dry-run", 0]);
  });

  it("adds our definition to those that the user selected, unless one of them is ours or nothing attaches by Multus", () => {
    const selected = (setting: Setting): string | undefined => {
      const { patch, ports, after } = patching({ annotations: { [multusNetworks.key]: "other" }, ...setting });
      return after(patch.of({ id: "A", ports })).annotations[multusNetworks.key];
    };
    assert.equal(selected({}), "other,kube-system/ovn4nfv@net1");
    assert.equal(selected({ selectsOurs: true }), "other");
    assert.equal(selected({ byMultus: false }), "other");
  });
});
