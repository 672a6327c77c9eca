import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseResult } from "#src/api/result.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { verifyToken } from "#src/tokens/token.ts";
import {
  allocationKey,
  multusKey,
  patchedMetadata,
  podDeciders,
  requesting,
  resultKey,
  signer,
  tokenKey,
} from "../../fakes/pods/pod-deciders.ts";

describe("decideByRequest", () => {
  test("writes result, token, label, finalizer and Multus element", async () => {
    const pod = requesting({ name: "blue", ipAddress: "10.1.0.7", interface: "uplink" });
    const decision = await podDeciders().byRequest(pod);
    const { annotations, labels, finalizers } = patchedMetadata(pod, decision);
    const result = annotations[resultKey] ?? "";
    assert.deepEqual(parseResult(result)[0]?.ip_address, ["10.1.0.7/24"]);
    assert.equal(labels[allocationKey], "01A");
    assert.deepEqual(finalizers, ["k8s.plugin.opnfv.org/addresses"]);
    assert.equal(annotations[multusKey], '[{"name":"ovn4nfv","namespace":"kube-system","interface":"uplink"}]');
    const subject = { allocation: "01A", namespace: "default", name: "web", generateName: "", result };
    await verifyToken(annotations[tokenKey] ?? "", subject, new Map([[signer.kid, signer.publicKey]]));
  });

  test("adds the labels of the wires to the node selector of the pod, and refuses it when no node has them", async () => {
    const label = "provider.k8s.plugin.opnfv.org/lan";
    const decided = async (anyCarries: boolean, spec: JsonObject) => {
      const carried = { on: () => undefined, anyCarries: () => anyCarries };
      const { byRequest, fixture } = podDeciders({ carriedWires: () => carried });
      fixture.addSwitch("wired", "10.7.0.0/24", { "physical-network": "lan" });
      return byRequest({ ...requesting({ name: "wired" }), spec });
    };
    const placed = await decided(true, { nodeSelector: { zone: "a" } });
    const operations = placed.kind === "patched" ? placed.patch.filter(({ path }) => path.startsWith("/spec")) : [];
    assert.deepEqual(operations, [
      { op: "add", path: `/spec/nodeSelector/${label.replace("/", "~1")}`, value: "ready" },
    ]);
    const refused = await decided(false, {});
    assert.equal(refused.kind === "refused" && refused.error.code, "WireMissing");
  });

  test("leaves the Multus annotation alone when one of ours is selected, or nothing is attached by Multus", async () => {
    const pod = requesting({ name: "blue" });
    pod.metadata.annotations[multusKey] = "kube-system/ovn4nfv";
    const selected = await podDeciders().byRequest(pod);
    assert.equal(patchedMetadata(pod, selected).annotations[multusKey], "kube-system/ovn4nfv");
    const chained = requesting({ name: "blue" });
    const decision = await podDeciders({ attach: false }).byRequest(chained);
    assert.ok(!(multusKey in patchedMetadata(chained, decision).annotations));
  });

  test("keeps the user's other selections in front of ours", async () => {
    const pod = requesting({ name: "blue", interface: "uplink" });
    pod.metadata.annotations[multusKey] = "macvlan";
    const { annotations } = patchedMetadata(pod, await podDeciders().byRequest(pod));
    assert.equal(annotations[multusKey], "macvlan,kube-system/ovn4nfv@uplink");
  });

  test("removes marks without a request, with a warning, and allocates nothing", async () => {
    const pod = { metadata: { name: "web", annotations: { [resultKey]: "[]", [tokenKey]: "t" } } };
    const decision = await podDeciders().byRequest(pod);
    assert.match(decision.warnings.join(), /removed without a request/);
    assert.deepEqual(patchedMetadata(pod, decision).annotations, {});
    assert.ok(decision.kind === "patched" && decision.reservation === undefined);
  });

  test("names the reason of a refusal, keeps the warnings, and has the holder beside the message only", async () => {
    const { byRequest, fixture } = podDeciders();
    fixture.addPort("blue", "p", {
      addresses: "0a:00:00:00:00:09 10.1.0.9",
      allocation: "02B",
      namespace: "other",
      pod: "db",
    });
    const decision = await byRequest(requesting({ name: "blue", ipAddress: "10.1.0.9", colour: "red" }));
    assert.ok(decision.kind === "refused");
    assert.equal(decision.error.code, "AddressInUse");
    assert.doesNotMatch(decision.error.message, /db/);
    assert.equal(decision.error.details.holder, "pod other/db");
    assert.match(decision.warnings.join(), /colour/);
  });

  test("leaves mirror pods, pods of excluded namespaces and pods that ask for nothing as they are", async () => {
    const { byRequest } = podDeciders();
    const mirror = requesting({ name: "nowhere" });
    mirror.metadata.annotations["kubernetes.io/config.mirror"] = "x";
    const untouched = [
      await byRequest(mirror),
      await byRequest(requesting({ name: "nowhere" }), { namespace: "kube-system" }),
      await byRequest({ metadata: { name: "web" } }),
    ];
    for (const decision of untouched) assert.deepEqual(decision, { kind: "unchanged", warnings: [] });
  });

  test("takes the namespace from the pod when the caller has none", async () => {
    const pod = requesting({ name: "nowhere" });
    const decision = await podDeciders().byRequest(
      { metadata: { ...pod.metadata, namespace: "kube-system" } },
      { namespace: "" },
    );
    assert.equal(decision.kind, "unchanged");
  });

  test("refuses what is no pod", async () => {
    const decision = await podDeciders().byRequest({ metadata: 1 });
    assert.ok(decision.kind === "refused");
    assert.equal(decision.error.code, "Malformed");
  });
});
