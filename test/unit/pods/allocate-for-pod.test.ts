import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TokenSubject } from "#src/tokens/token.ts";
import {
  allocationKey,
  patchedMetadata,
  patchOf,
  podDeciders,
  requesting,
  requestKey,
  resultKey,
  tokenKey,
} from "../../fakes/pods/pod-deciders.ts";

describe("allocateForPod", () => {
  test("signs what was planned while it is being committed, once, and uses it only when that was answered", async () => {
    for (const [planned, signed] of [
      [["01A"], ["01A"]],
      [
        ["019", "01A"],
        ["019", "01A"],
      ],
      [["019"], ["019", "01A"]],
    ] as const) {
      const subjects: string[] = [];
      const sign = (subject: TokenSubject) => {
        subjects.push(subject.allocation);
        return `token of ${subject.allocation}`;
      };
      const pod = requesting({ name: "blue" });
      const { annotations, labels } = patchedMetadata(pod, await podDeciders({ sign, planned }).byRequest(pod));
      assert.deepEqual(subjects, signed);
      assert.equal(annotations[tokenKey], "token of 01A");
      assert.equal(labels[allocationKey], "01A");
    }
  });

  test("adds the readiness gate when the request, or a network that the pod joins, says so", async () => {
    const { fixture, byRequest } = podDeciders();
    fixture.addSwitch("careful", "10.2.0.0/24", { "networks-ready": "true" });
    const isGated = async (network: string, more: object = {}) => {
      const pod = requesting({ name: network });
      const request = { type: "ovn4nfv", interface: [{ name: network }], ...more };
      pod.metadata.annotations[requestKey] = JSON.stringify(request);
      const { patch } = patchOf(await byRequest({ ...pod, spec: {} }));
      return patch.some(({ path }) => path === "/spec/readinessGates");
    };
    assert.deepEqual(
      [await isGated("blue"), await isGated("blue", { networksReady: true }), await isGated("careful")],
      [false, true, true],
    );
  });

  test("shows the constant token in a dry run and allocates nothing", async () => {
    const pod = requesting({ name: "blue" });
    const decision = await podDeciders().byRequest(pod, { dryRun: true });
    const { annotations, labels } = patchedMetadata(pod, decision);
    assert.deepEqual([annotations[tokenKey], labels[allocationKey]], ["dry-run", "dry-run"]);
    assert.equal(patchOf(decision).reservation, undefined);
  });

  test("replaces a copied result, with a warning, which a refusal keeps", async () => {
    const { byRequest } = podDeciders();
    const pod = requesting({ name: "blue" });
    pod.metadata.annotations[resultKey] = "[]";
    const decision = await byRequest(pod);
    assert.match(decision.warnings.join(), /result of another pod was replaced/);
    assert.notEqual(patchedMetadata(pod, decision).annotations[resultKey], "[]");
    const unknown = requesting({ name: "green" });
    unknown.metadata.annotations[resultKey] = "[]";
    const refused = await byRequest(unknown);
    assert.deepEqual([refused.kind, refused.warnings.length], ["refused", 1]);
  });

  test("writes one audit line with the user once the fate of the allocation is known", async () => {
    for (const [fate, line, given] of [
      ["confirm", "allocated", []],
      ["rollBack", "taking an allocation back: its answer was not handed over", ["01A"]],
    ] as const) {
      const { byRequest, audit, rolledBack } = podDeciders();
      const { reservation } = patchOf(await byRequest(requesting({ name: "blue" })));
      assert.equal(reservation?.allocation, "01A");
      assert.deepEqual(audit, []);
      await reservation[fate]();
      assert.deepEqual(audit, [`01A with 1 ports by alice: ${line}`]);
      assert.deepEqual(rolledBack, given);
    }
  });

  test("rolls an allocation back that cannot be signed", async () => {
    const sign = (): string => {
      throw new Error("no key");
    };
    for (const planned of [[], ["01A"]]) {
      const { byRequest, rolledBack } = podDeciders({ sign, planned });
      await assert.rejects(byRequest(requesting({ name: "blue" })), /no key/);
      assert.deepEqual(rolledBack, ["01A"]);
    }
  });
});
