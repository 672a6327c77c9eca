import assert from "node:assert/strict";
import { test } from "node:test";
import { externalId, type ExternalIdName } from "#src/ovn/external-ids.ts";
import type { AllowedNamespaces } from "#src/ovn/rows/network-rows.ts";
import { adoptSwitch, releaseSwitch } from "#src/ovn/rows/network-rows-adopted.ts";
import { widenedBeyond } from "#src/ovn/rows/settings-before-adoption.ts";
import { adoptingNetwork, foreignSwitch } from "#test/fixtures/ovn/adopted-network.ts";

type Ids = Partial<Record<ExternalIdName, string>>;

const keysOf = (ids: Ids) =>
  new Map(Object.entries(ids).map(([name, value]) => [externalId(name as ExternalIdName), value] as const));
/** The keys after the operations, as the database would have them. */
function applied(ids: ReadonlyMap<string, string>, operations: ReturnType<typeof adoptSwitch>) {
  const after = new Map(ids);
  for (const operation of operations) {
    const [deletion, insertion] = operation["mutations"] as [[string, string, unknown], [string, string, unknown]];
    const gone = deletion[2] as string | readonly [string, readonly string[]];
    for (const key of typeof gone === "string" ? [gone] : gone[1]) after.delete(key);
    for (const [key, value] of (insertion[2] as ["map", [string, string][]])[1]) after.set(key, value);
  }
  return after;
}

const adopted = (ids: ReadonlyMap<string, string>, allowed: AllowedNamespaces) =>
  applied(ids, adoptSwitch({ uuid: "s", row: foreignSwitch(ids) }, adoptingNetwork(allowed)));
const released = (ids: ReadonlyMap<string, string>) =>
  applied(ids, releaseSwitch({ uuid: "s", row: foreignSwitch(ids) }));
const allowedBy = (ids: ReadonlyMap<string, string>) => ids.get(externalId("allowed-namespaces"));
const named = (...names: readonly string[]) => ({ names });

const makers: readonly Ids[] = [
  {},
  { "allowed-namespaces": "default" },
  { "allowed-namespaces": "*", "namespace-selector": '{"names":[],"selector":{}}' },
  { "allowed-namespaces": "default,telco", subnets: "10.9.0.0/24", mtu: "1400", "adoptable-by": "default" },
];

test("the keys of the maker are put back exactly, whatever the Network wrote and however often it changed", () => {
  for (const ids of makers.map(keysOf)) {
    for (const ways of [
      ["inherited"],
      [named("default")],
      ["inherited", named("default"), "inherited", named()],
    ] as const) {
      const last = ways.reduce<ReadonlyMap<string, string>>((now, way) => adopted(now, way), ids);
      assert.deepEqual(new Map([...released(last)].sort()), new Map([...ids].sort()));
    }
  }
});

test("adopting without a word about namespaces admits those that the switch admits, and nobody else", () => {
  assert.equal(allowedBy(adopted(keysOf({ "allowed-namespaces": "default" }), "inherited")), "default");
  assert.equal(allowedBy(adopted(keysOf({}), "inherited")), undefined);
  const narrowed = adopted(keysOf({ "allowed-namespaces": "default,telco" }), named("telco"));
  assert.equal(allowedBy(narrowed), "telco");
  assert.equal(allowedBy(adopted(narrowed, "inherited")), "default,telco");
});

test("while it is inherited the maker may change the key, and has it changed afterwards", () => {
  const shared = adopted(keysOf({ "allowed-namespaces": "default,telco" }), "inherited");
  const changed = new Map([...shared, [externalId("allowed-namespaces"), "telco"] as const]);
  assert.equal(allowedBy(adopted(changed, "inherited")), "telco");
  assert.deepEqual(released(changed), keysOf({ "allowed-namespaces": "telco" }));
});

test("adopting again changes nothing", () => {
  for (const ids of makers.map(keysOf)) {
    for (const allowed of ["inherited", named("default")] as const) {
      const once = adopted(ids, allowed);
      assert.deepEqual(adoptSwitch({ uuid: "s", row: foreignSwitch(once) }, adoptingNetwork(allowed)), []);
    }
  }
});

test("a Network may narrow what the maker admits, and never widen it", () => {
  const ids = keysOf({ "allowed-namespaces": "default, telco" });
  assert.equal(widenedBeyond(ids, named("telco")), undefined);
  assert.equal(widenedBeyond(ids, "inherited"), undefined);
  assert.equal(widenedBeyond(ids, named("telco", "other")), "default, telco");
  assert.equal(widenedBeyond(ids, { names: [], selector: {} }), "default, telco");
  assert.equal(widenedBeyond(adopted(ids, named("telco")), named("other")), "default, telco");
  assert.equal(widenedBeyond(keysOf({ "allowed-namespaces": "" }), named("other")), "none");
  assert.equal(widenedBeyond(keysOf({ "allowed-namespaces": "*" }), named("other")), undefined);
  assert.equal(widenedBeyond(keysOf({}), named("other")), undefined);
  assert.match(widenedBeyond(keysOf({ "namespace-selector": "{}" }), named("other")) ?? "", /^those that match \{\}$/);
});

test("a row that was adopted before the maker's keys were saved has lost them, and is released without keys", () => {
  const older = keysOf({ "adopted-by": "u1", "allowed-namespaces": "*", subnets: "10.1.0.0/24" });
  assert.equal(allowedBy(adopted(older, "inherited")), undefined);
  assert.deepEqual(released(older), new Map());
});
