import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AdoptionInput,
  type AdoptablePod,
  type OldRow,
  planAdoption,
} from "#src/controllers/adoption/adoption-plan.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { id, labelledPod } from "#test/fixtures/controllers/labelled-pod.ts";

const uuid = "00000000-0000-4000-8000-000000000001";

function port(namespace = "default", podUid = "uid-of-old"): OldRow {
  const marks = { cluster: "old", allocation: id, pod: "web", "pod-uid": podUid };
  return { table: logicalSwitchPort, uuid, name: `${id}-net1`, marks, namespace };
}

function switchRow(row: string, name: string): OldRow {
  return { table: logicalSwitch, uuid, name, marks: { cluster: "old", row }, namespace: "" };
}

function holder(token: AdoptablePod["token"] = "valid", uid = "uid-web"): AdoptablePod {
  return { pod: labelledPod({ uid }), allocation: id, token };
}

function plan(parts: Partial<AdoptionInput>) {
  const input = { rows: [port()], holders: [], networks: [], cluster: "new", topologyScope: "topology", ...parts };
  return planAdoption(input).map(({ verdict, operations }) => [verdict, JSON.stringify(operations)] as const);
}

const verdicts = (parts: Partial<AdoptionInput>) => plan(parts).map(([verdict]) => verdict);

test("ports go to the pod that carries their allocation with a valid token, under its new UID", () => {
  const [[verdict, operations] = []] = plan({ holders: [holder()] });
  assert.equal(verdict, "adoptable");
  assert.match(operations ?? "", /"includes".*"old".*"uid-of-old".*"insert".*cluster","new".*"uid-web"/);
});

test("ports that no pod carries, or only one with a token for something else, stay as they are", () => {
  assert.deepEqual(plan({ holders: [] }), [["no pod", "[]"]]);
  assert.deepEqual(plan({ holders: [holder("forged")] }), [["forged", "[]"]]);
  assert.deepEqual(plan({ holders: [holder("unknown key")] }), [["unknown key", "[]"]]);
  assert.deepEqual(plan({ rows: [port("another")], holders: [holder()] }), [["no pod", "[]"]]);
});

test("of two pods with valid tokens the one that the ports are bound to has them, and else none", () => {
  const two = [holder("valid", "uid-a"), holder("valid", "uid-b")];
  assert.deepEqual(verdicts({ holders: two }), ["duplicate"]);
  const [[, operations] = []] = plan({ rows: [port("default", "uid-b")], holders: two });
  assert.match(operations ?? "", /"insert".*pod-uid","uid-b"/);
});

test("a row that keeps a claim goes to the new cluster, whose controller frees it when there is no such claim", () => {
  const marks = { cluster: "old", claim: "db-0" };
  const kept = { table: logicalSwitchPort, uuid, name: "claim:old:default/db-0", marks, namespace: "default" };
  const [[verdict, operations] = []] = plan({ rows: [kept] });
  assert.equal(verdict, "adoptable");
  assert.match(operations ?? "", /"includes".*"old".*"db-0".*"insert".*cluster","new"/);
  // Whoever takes the row over asks for it by the name that it has in the new cluster.
  assert.match(operations ?? "", /"op":"update",.*"where".*"old".*"row":\{"name":"claim:new:default\/db-0"\}/);
});

test("rows of a Network go to the only Network with the name of their switch, under its new UID", () => {
  const rows = [switchRow("n1/switch", "blue"), switchRow("n1/rtos-blue", "rtos-blue")];
  const blue = { name: "blue", uid: "n2" };
  const [[verdict, operations] = []] = plan({ rows, networks: [blue, { name: "green", uid: "n3" }] });
  assert.equal(verdict, "adoptable");
  assert.match(operations ?? "", /"n2\/switch".*"n2\/rtos-blue"/);
  assert.deepEqual(verdicts({ rows, networks: [] }), ["no network"]);
  assert.deepEqual(verdicts({ rows, networks: [blue, { name: "blue", uid: "n3" }] }), ["duplicate"]);
});

test("the topology keeps its ids", () => {
  const [[verdict, operations] = []] = plan({ rows: [switchRow("topology/ovn4nfv-join", "ovn4nfv-join")] });
  assert.equal(verdict, "adoptable");
  assert.match(operations ?? "", /"insert",\["map",\[\["[^"]+cluster","new"\],\["[^"]+row","topology\/ovn4nfv-join"/);
});
