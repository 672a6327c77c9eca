import assert from "node:assert/strict";
import { test } from "node:test";
import type { RowChange } from "ovsdb-client";
import { touchedBy } from "#src/controllers/northbound/touched-networks.ts";
import { externalId } from "#src/ovn/external-ids.ts";

const ids = (entries: Readonly<Record<string, string>>) =>
  new Map(Object.entries(entries).map(([key, value]) => [externalId(key as "row"), value]));
const change = (table: string, before: object | undefined, after: object | undefined, deltas: object = {}) =>
  ({ table, uuid: "x", before, after, deltas }) as unknown as RowChange;
const blue = { name: "blue", external_ids: ids({ row: "u1/switch" }) };

test("a port of a pod concerns the network whose switch got it, and no row of ours", () => {
  const touched = touchedBy([
    change("Logical_Switch_Port", undefined, { external_ids: ids({ owner: "ovn4nfv", allocation: "A" }) }),
    change("Logical_Switch", blue, blue, { ports: { added: ["p"], removed: [] } }),
  ]);
  assert.equal(touched.own, false);
  assert.deepEqual([[...touched.used], [...touched.networks], [...touched.names]], [["u1"], [], []]);
});

test("a row of ours that is deleted concerns its network", () => {
  const touched = touchedBy([
    change("Logical_Router_Port", { external_ids: ids({ row: "u2/rtos-green" }) }, undefined),
  ]);
  assert.equal(touched.own, true);
  assert.deepEqual([...touched.networks], ["u2"]);
});

test("a switch of somebody else that comes or goes is known by its name", () => {
  const foreign = { name: "vms", external_ids: ids({}) };
  assert.deepEqual([...touchedBy([change("Logical_Switch", foreign, undefined)]).names], ["vms"]);
});

test("a row of somebody else that lets go of a name of ours concerns what waited for it", () => {
  const named = (name: string) => ({ name, external_ids: ids({}) });
  assert.equal(touchedBy([change("Logical_Router", named("ovn4nfv-master"), undefined)]).own, true);
  assert.equal(touchedBy([change("Logical_Switch_Port", named("stor-blue"), named("x"))]).own, true);
  assert.equal(touchedBy([change("Logical_Router", named("ovn-cluster"), undefined)]).own, false);
  assert.equal(touchedBy([change("Logical_Router", named("ovn4nfv-master"), named("ovn4nfv-master"))]).own, false);
});

test("a switch that is renamed is known by both names, since the first is free now", () => {
  const [before, after] = ["vms", "other"].map((name) => ({ name, external_ids: ids({}) }));
  assert.deepEqual([...touchedBy([change("Logical_Switch", before, after)]).names], ["vms", "other"]);
});

test("an adopted switch belongs to its adopter", () => {
  const adopted = { name: "vms", external_ids: ids({ "adopted-by": "u3" }) };
  assert.deepEqual([...touchedBy([change("Logical_Switch", adopted, adopted, { ports: {} })]).used], ["u3"]);
});

test("a changed key on an adopted switch concerns the adopter, also when it takes the adoption away", () => {
  const adopted = { name: "vms", external_ids: ids({ "adopted-by": "u3", "adoptable-by": "default" }) };
  const left = { name: "vms", external_ids: ids({ "adoptable-by": "default" }) };
  for (const [was, is] of [
    [adopted, left],
    [adopted, { ...adopted, external_ids: ids({ "adopted-by": "u3" }) }],
  ]) {
    assert.deepEqual([...touchedBy([change("Logical_Switch", was, is)]).networks], ["u3"]);
  }
});

test("rules of floating addresses, and the gateway that gets one, concern no network and no row of others", () => {
  const gateway = {
    name: "g",
    nat: new Set<string>(),
    static_routes: new Set<string>(),
    external_ids: ids({ row: "uplink/u/gateway" }),
  };
  const withRule = { ...gateway, nat: new Set(["n"]) };
  const hold = { external_ids: ids({ row: "floating/f/address", "floating-address": "198.51.100.20" }) };
  const quiet = touchedBy([
    change("Logical_Router", gateway, withRule),
    change("NAT", undefined, { external_ids: ids({ row: "floating/f/rule" }) }),
    change("Address_Set", hold, undefined),
  ]);
  assert.deepEqual([quiet.own, [...quiet.networks]], [false, []]);
  const withRoute = { ...withRule, static_routes: new Set(["r"]) };
  assert.equal(touchedBy([change("Logical_Router", gateway, withRoute)]).own, true);
  assert.equal(touchedBy([change("NAT", undefined, { external_ids: ids({ row: "u1/snat-10.0.0.0/24" }) })]).own, true);
});

test("load balancers of Services change with their pods, and concern no network and no row of others", () => {
  const row = (ends: string) => ({
    vips: new Map([["10.1.0.200:80", ends]]),
    external_ids: ids({ owner: "ovn4nfv", row: "services/s/tcp" }),
  });
  const touched = touchedBy([change("Load_Balancer", row(""), row("10.1.0.7:8080"))]);
  assert.deepEqual([touched.own, [...touched.networks]], [false, []]);
});
