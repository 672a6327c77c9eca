import assert from "node:assert/strict";
import { test } from "node:test";
import { readableResultOf, storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { networksCondition, readinessToTell } from "#src/controllers/allocation-rules/networks-readiness.ts";
import { labelledPod, type PodParts, row } from "#test/fixtures/controllers/labelled-pod.ts";

const type = "k8s.plugin.opnfv.org/networks-ready";
const spec = { readinessGates: [{ conditionType: type }] };
const said = (status: string) => ({ conditions: [{ type, status }] });
const toTell = (parts: PodParts, rows = [row("uid-web")]) => {
  const pod = labelledPod(parts);
  return readinessToTell(pod, rows, storedResultOf(pod))?.waiting;
};
const down = { ...row("uid-web"), isUp: false };

test("a pod without the gate, or one that ends, is told nothing", () => {
  assert.equal(toTell({}), undefined);
  assert.equal(toTell({ spec, metadata: { deletionTimestamp: "2026-01-01T01:00:00Z" } }), undefined);
});

test("the condition follows the ports, and is written when it changes", () => {
  assert.deepEqual(toTell({ spec }), []);
  assert.equal(toTell({ spec, status: said("True") }), undefined);
  assert.deepEqual(toTell({ spec, status: said("True") }, [down]), ["net1"]);
  assert.equal(toTell({ spec, status: said("False") }, [down]), undefined);
  assert.deepEqual(toTell({ spec, status: said("False") }), []);
});

test("a port that is lost, or bound to another pod, is not up", () => {
  assert.deepEqual(toTell({ spec, status: said("True") }, []), ["net1"]);
  assert.deepEqual(toTell({ spec, status: said("True") }, [row("uid-other")]), ["net1"]);
});

test("a pod whose last interface was unplugged waits for none, and one with a result that nobody can read is left alone", () => {
  const pod = (result: string) =>
    labelledPod({
      spec,
      status: said("False"),
      metadata: { annotations: { "k8s.plugin.opnfv.org/ovnInterfaces": result } },
    });
  assert.deepEqual(readinessToTell(pod("[]"), [], readableResultOf(pod("[]")))?.waiting, []);
  assert.equal(readinessToTell(pod("later"), [], readableResultOf(pod("later"))), undefined);
});

test("a plugged interface counts when Multus or OVN has it, so that one which nobody attaches makes no pod unready", () => {
  const parts = (status: string): PodParts => ({
    spec,
    status: said("True"),
    metadata: { annotations: { "k8s.v1.cni.cncf.io/network-status": status } },
  });
  const plugged = storedResultOf(labelledPod()).map((one) => ({ ...one, plugged: true as const }));
  const waiting = (status: string, rows = [down]) =>
    readinessToTell(labelledPod(parts(status)), rows, plugged)?.waiting;
  assert.equal(waiting("[]"), undefined);
  assert.deepEqual(waiting('[{"interface":"net1"}]'), ["net1"]);
  assert.equal(waiting("[]", [row("uid-web")]), undefined);
});

test("a pod that does not run yet costs no write", () => {
  assert.equal(toTell({ spec, status: { phase: "Pending" } }, [down]), undefined);
  assert.deepEqual(toTell({ spec, status: { phase: "Running" } }, [down]), ["net1"]);
});

test("the condition names the interfaces that wait", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  const waiting = networksCondition({ interfaces: 2, waiting: ["net1"] }, now);
  assert.deepEqual(
    [waiting.type, waiting.status, waiting.reason, waiting.lastTransitionTime],
    [type, "False", "InterfacesNotUp", now.toISOString()],
  );
  assert.match(waiting.message, /net1 of 2 interfaces/);
  assert.equal(networksCondition({ interfaces: 2, waiting: [] }, now).status, "True");
});
