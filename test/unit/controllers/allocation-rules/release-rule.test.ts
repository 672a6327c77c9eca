import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ForcedState,
  isForced,
  judgeRelease,
  type ReleaseVerdict,
} from "#src/controllers/allocation-rules/release-rule.ts";
import { labelledPod, type PodParts } from "#test/fixtures/controllers/labelled-pod.ts";

const deleted = { deletionTimestamp: "2026-01-01T01:00:00Z" };
const graceful = { ...deleted, deletionGracePeriodSeconds: 30 };
const forcedNow = { ...deleted, deletionGracePeriodSeconds: 0 };
const node = (state: ForcedState["node"]): ForcedState => ({ node: state, sinceMs: 1_000, boundMs: 300_000 });

interface Case {
  readonly what: string;
  readonly pod: PodParts;
  readonly forced?: ForcedState;
  readonly nowMs?: number;
  readonly rule: "A" | "B" | "C" | "keep";
}

/** Every case of docs/design/release-rules.md#rules-a-to-d, and cases that look like one of them. */
const cases: readonly Case[] = [
  { what: "running", pod: {}, rule: "keep" },
  { what: "terminated after a normal delete", pod: { metadata: forcedNow, status: { phase: "Succeeded" } }, rule: "A" },
  {
    what: "terminal, with its grace period running",
    pod: { metadata: graceful, status: { phase: "Failed" } },
    rule: "A",
  },
  { what: "being stopped by the kubelet", pod: { metadata: graceful }, rule: "keep" },
  { what: "never scheduled and deleted", pod: { metadata: forcedNow, spec: { nodeName: "" } }, rule: "B" },
  {
    what: "never scheduled and not deleted",
    pod: { spec: { nodeName: "" }, status: { phase: "Pending" } },
    rule: "keep",
  },
  {
    what: "on a lost node, evicted with its grace period",
    pod: { metadata: graceful },
    forced: node("gone"),
    rule: "keep",
  },
  { what: "forced, on a node that is there", pod: { metadata: forcedNow }, forced: node("there"), rule: "keep" },
  { what: "forced, with its node gone", pod: { metadata: forcedNow }, forced: node("gone"), rule: "C" },
  { what: "forced, on a node out of service", pod: { metadata: forcedNow }, forced: node("out-of-service"), rule: "C" },
  {
    what: "forced, a millisecond before the bound",
    pod: { metadata: forcedNow },
    forced: node("there"),
    nowMs: 300_999,
    rule: "keep",
  },
  { what: "forced, at the bound", pod: { metadata: forcedNow }, forced: node("there"), nowMs: 301_000, rule: "C" },
  { what: "forced, of a node that nobody looked at", pod: { metadata: forcedNow }, nowMs: 999_999, rule: "keep" },
  { what: "failed by PodGC and deleted", pod: { metadata: forcedNow, status: { phase: "Failed" } }, rule: "A" },
  { what: "of a Job, completed", pod: { spec: { restartPolicy: "Never" }, status: { phase: "Succeeded" } }, rule: "A" },
  { what: "of a Job, failed", pod: { spec: { restartPolicy: "Never" }, status: { phase: "Failed" } }, rule: "A" },
  {
    what: "OnFailure, succeeded",
    pod: { spec: { restartPolicy: "OnFailure" }, status: { phase: "Succeeded" } },
    rule: "A",
  },
  {
    what: "OnFailure, failed",
    pod: { spec: { restartPolicy: "OnFailure" }, status: { phase: "Failed" } },
    rule: "keep",
  },
  { what: "Always, succeeded", pod: { status: { phase: "Succeeded" } }, rule: "keep" },
  { what: "evicted", pod: { status: { phase: "Failed", reason: "Evicted" } }, rule: "A" },
];

describe("judgeRelease", () => {
  for (const { what, pod, forced, nowMs = 2_000, rule } of cases) {
    it(`${rule === "keep" ? "keeps the addresses of" : `releases by rule ${rule}`} a pod ${what}`, () => {
      const verdict: ReleaseVerdict = judgeRelease(labelledPod(pod), nowMs, forced);
      assert.equal(verdict.release ? verdict.rule : "keep", rule);
    });
  }

  it("says when the bound of a forced pod passes", () => {
    const verdict = judgeRelease(labelledPod({ metadata: forcedNow }), 2_000, node("there"));
    assert.deepEqual(verdict, { release: false, againInMs: 299_000 });
  });

  it("asks for what it needs of a forced pod", () => {
    assert.ok(isForced(labelledPod({ metadata: forcedNow })));
    assert.ok(!isForced(labelledPod({ metadata: graceful })));
    assert.ok(!isForced(labelledPod({ metadata: forcedNow, spec: { nodeName: "" } })));
  });
});
