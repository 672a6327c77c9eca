import assert from "node:assert/strict";
import type { FloatingHolder } from "#src/ipam/index/floating-addresses.ts";
import { addRule, podRule, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { describe, it } from "node:test";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import {
  isDrift,
  lastingFindings,
  type DriftProblem,
  surveyDrift,
} from "#src/controllers/allocation-rules/findings.ts";
import { PodFacts } from "#src/controllers/allocation-rules/pod-facts.ts";
import { id, keys, labelledPod, portName, row, tokenFor } from "#test/fixtures/controllers/labelled-pod.ts";

const podFacts = new PodFacts({
  keys,
  nodeState: () => Promise.resolve("there"),
  monotonicMs: () => 0,
  forceBoundMs: 1_000,
});

async function found(
  pods: readonly PodMetadata[],
  rows: readonly PortRow[],
  isStale = true,
  isWritten = true,
  switches = ["blue"],
  others: readonly string[] = [],
  orphanedRules: readonly FloatingHolder[] = [],
) {
  const index = {
    of: () => rows,
    unknown: () => [].values(),
  };
  const findings = await surveyDrift(
    {
      pods,
      ids: rows.length + orphanedRules.length === 0 ? [] : [id],
      rows: index,
      orphanedRules: () => orphanedRules,
      podFacts,
      isAsWritten: () => isWritten,
      switchesOf: () => switches,
      othersOnSeveralSwitches: others,
      isStale: () => isStale,
      nowMs: 0,
    },
    AbortSignal.any([]),
  );
  return findings.map(({ problem, ports }) => [problem, ...ports].join(" "));
}

describe("survey", () => {
  it("names rows of a pod that its result does not name, as a restore brings them back", async () => {
    const back = { ...row("uid-web"), uuid: "row-2", name: "01B-net2" };
    const pod = labelledPod({ token: tokenFor("web") });
    assert.deepEqual(await found([pod], [row("uid-web"), back]), ["not named 01B-net2"]);
    const attempt = { ...back, owner: { ...back.owner, podUid: "", revision: 1 } };
    assert.deepEqual(await found([pod], [row("uid-web"), attempt]), []);
  });

  it("names a NAT rule whose port is gone when no pod lives that gets both back", async () => {
    const nb = withUplink();
    const rule = nb.index.floating.row(addRule(nb, "198.51.100.20", podRule(id)));
    assert.ok(rule);
    assert.deepEqual(await found([], [], true, true, ["blue"], [], [rule]), [`NAT rule without port ${id}-net1`]);
    const pod = labelledPod({ token: tokenFor("web") });
    assert.deepEqual(await found([pod], [], true, true, ["blue"], [], [rule]), [`missing ${portName}`]);
  });

  it("finds nothing where pods and ports agree", async () => {
    assert.deepEqual(await found([labelledPod({ token: tokenFor("web") })], [row("uid-web")]), []);
  });

  it("names what does not agree, and the ports", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const ended = labelledPod({
      token: tokenFor("web"),
      spec: { restartPolicy: "Never" },
      status: { phase: "Failed" },
    });
    assert.deepEqual(await found([pod], []), [`missing ${portName}`]);
    assert.deepEqual(await found([pod], [row("")]), [`unbound ${portName}`]);
    assert.deepEqual(await found([ended], [row("uid-web")]), [`not released ${portName}`]);
    assert.deepEqual(await found([], [row("uid-gone")]), [`orphan ${portName}`]);
    assert.deepEqual(await found([labelledPod()], [row("uid-other")]), ["forged", `orphan ${portName}`]);
  });

  it("calls ports changed that are not as the result of their pod says", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    assert.deepEqual(await found([pod], [row("uid-web")], true, false), [`changed ${portName}`]);
  });

  it("says that a port is down only of a pod that runs and is not being deleted", async () => {
    const down = { ...row("uid-web"), isDown: true };
    const pod = (phase: string, deletionTimestamp?: string) =>
      labelledPod({ token: tokenFor("web"), status: { phase }, metadata: { deletionTimestamp } });
    assert.deepEqual(await found([pod("Running")], [down]), [`port down ${portName}`]);
    assert.deepEqual(await found([pod("Pending")], [down]), []);
    assert.deepEqual(await found([pod("Running", "2026-01-01T01:00:00Z")], [down]), []);
  });

  it("names ports on several switches, of pods and of others, and asks for no other change of them", async () => {
    const pod = labelledPod({ token: tokenFor("web") });
    const two = ["blue", "red"];
    const several = `several switches ${portName}`;
    assert.deepEqual(await found([pod], [row("uid-web")], true, true, two), [several]);
    assert.deepEqual(await found([pod], [row("uid-web")], true, false, two), [several]);
    assert.deepEqual(await found([], [row("uid-gone")], true, true, two), [several]);
    assert.deepEqual(await found([], [row("")], true, true, two), [several]);
    assert.deepEqual(await found([], [], true, true, two, ["vm"]), ["several switches vm"]);
  });

  it("calls a reservation a leak only when no create can be under way", async () => {
    assert.deepEqual(await found([], [row("")], true), [`leak ${portName}`]);
    assert.deepEqual(await found([], [row("")], false), []);
  });
});

describe("lasting", () => {
  it("keeps what was found both times", () => {
    const finding = (pod: string) =>
      ({ problem: "leak", allocation: id, namespace: "default", pod, ports: [] }) as const;
    assert.deepEqual(lastingFindings([finding("a"), finding("b")], [finding("b"), finding("c")]), [finding("b")]);
  });
});

describe("isDrift", () => {
  it("passes over what every pod goes through", () => {
    const problems: readonly DriftProblem[] = [
      "unbound",
      "not released",
      "leak",
      "orphan",
      "missing",
      "changed",
      "port down",
      "forged",
    ];
    assert.deepEqual(problems.filter(isDrift), ["leak", "orphan", "missing", "changed", "port down", "forged"]);
  });
});
