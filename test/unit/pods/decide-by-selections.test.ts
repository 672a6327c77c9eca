import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseResult } from "#src/api/result.ts";
import {
  allocationKey,
  multusKey,
  patchedMetadata,
  podDeciders,
  requestKey,
  resultKey,
  tokenKey,
} from "../../fakes/pods/pod-deciders.ts";

const unchanged = { kind: "unchanged", warnings: [] };

describe("decideBySelections", () => {
  const selecting = (selections: string, annotations: Record<string, string> = {}) => ({
    metadata: { name: "web", annotations: { [multusKey]: selections, ...annotations } },
  });

  test("allocates for each selection of ours, writes the result, and leaves the selections as they are", async () => {
    const pod = selecting('[{"name":"macvlan"},{"name":"blue-net","ips":["10.1.0.7"],"mac":"0a:00:00:00:00:07"}]');
    const decision = await podDeciders().bySelections(pod);
    const { annotations, labels, finalizers } = patchedMetadata(pod, decision);
    const [first, ...more] = parseResult(annotations[resultKey] ?? "");
    assert.deepEqual(more, []);
    assert.deepEqual(
      [first?.interface, first?.network, first?.ip_address, first?.mac_address],
      ["net2", "blue", ["10.1.0.7/24"], "0a:00:00:00:00:07"],
    );
    assert.equal(annotations[multusKey], pod.metadata.annotations[multusKey]);
    assert.equal(labels[allocationKey], "01A");
    assert.deepEqual(finalizers, ["k8s.plugin.opnfv.org/addresses"]);
  });

  test("leaves a pod with any key of ours to decideByRequest", async () => {
    const { bySelections } = podDeciders();
    for (const key of [requestKey, resultKey, tokenKey, "ovnNetwork"]) {
      assert.deepEqual(await bySelections(selecting("blue-net", { [key]: "x" })), unchanged);
    }
    const finalized = {
      metadata: { ...selecting("blue-net").metadata, finalizers: ["k8s.plugin.opnfv.org/addresses"] },
    };
    assert.deepEqual(await bySelections(finalized), unchanged);
  });

  test("has nothing to do with selections of others", async () => {
    assert.deepEqual(await podDeciders().bySelections(selecting("macvlan,other/blue-net")), unchanged);
  });

  test("refuses in the words of the Multus annotation", async () => {
    const decision = await podDeciders().bySelections(selecting('[{"name":"blue-net","ips":["10.9.0.7"]}]'));
    assert.ok(decision.kind === "refused");
    assert.match(
      decision.error.message,
      /^AddressOutOfRange: k8s\.v1\.cni\.cncf\.io\/networks: \[0\]\.ips .*leave ips out/,
    );
  });
});
