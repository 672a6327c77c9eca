import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RowChange } from "ovsdb-client";
import { FloatingIpIndex, heldAddress, keyOn } from "#src/controllers/floating/floating-ip-index.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const ids = (entries: Readonly<Record<string, string>>) =>
  new Map(Object.entries(entries).map(([key, value]) => [externalId(key as "row"), value]));
const own = { owner: "ovn4nfv", cluster: "c", uplink: "west", namespace: "shop" };
const hold = (uid: string, address: string, more: Readonly<Record<string, string>> = {}) => ({
  external_ids: ids({ ...own, row: `floating/${uid}/address`, "floating-address": address, ...more }),
});
const rule = (uid: string, address: string) => ({
  external_ip: address,
  external_ids: ids({ ...own, row: `floating/${uid}/rule`, "pod-uid": "p" }),
});
const change = (table: string, uuid: string, before: object | undefined, after: object | undefined) =>
  ({ table, uuid, before, after, deltas: {} }) as unknown as RowChange;

describe("the rows of FloatingIPs", () => {
  it("are known from the beginning, and by each change", () => {
    const index = new FloatingIpIndex("c");
    const rows = new Map([["h", hold("u1", "198.51.100.20")]]);
    index.read({ rows: (table) => (table.name === "Address_Set" ? rows : new Map()) as never });
    const { hold: held } = index.of("u1");
    assert.deepEqual(held && heldAddress(held), ip("198.51.100.20"));
    assert.deepEqual([...index.uids()], ["u1"]);
    const { uids } = index.changed([change("NAT", "n", undefined, rule("u1", "198.51.100.20"))]);
    assert.deepEqual([...uids], ["u1"]);
    const { rule: known } = index.of("u1");
    assert.equal(known && keyOn(known, "pod-uid"), "p");
    index.changed([change("Address_Set", "h", hold("u1", "198.51.100.20"), undefined)]);
    assert.equal(index.of("u1").hold, undefined);
  });

  it("are not those of other clusters, nor other rows of ours", () => {
    const index = new FloatingIpIndex("c");
    index.changed([
      change("Address_Set", "a", undefined, hold("u1", "198.51.100.20", { cluster: "d" })),
      change("Address_Set", "b", undefined, hold("u1", "198.51.100.20", { row: "u2/snat-exempt-ipv4" })),
      change("NAT", "n", undefined, { external_ip: "198.51.100.20", external_ids: ids({}) }),
    ]);
    assert.equal(index.uids().size, 0);
  });

  it("that were inserted twice are known by the lowest UUID, with the other as its twin, and by the other when that one goes", () => {
    const [one, other] = [rule("u1", "198.51.100.20"), rule("u1", "198.51.100.21")];
    for (const order of [
      ["n1", "n2"],
      ["n2", "n1"],
    ]) {
      const index = new FloatingIpIndex("c");
      const known = () => {
        const { rule: found } = index.of("u1");
        return [found?.uuid, found?.twins?.map(({ uuid }) => uuid)];
      };
      for (const uuid of order) index.changed([change("NAT", uuid, undefined, one)]);
      assert.deepEqual(known(), ["n1", ["n2"]]);
      index.changed([change("NAT", "n2", one, other)]);
      assert.deepEqual(known(), ["n1", ["n2"]]);
      index.changed([change("NAT", "n1", one, undefined)]);
      assert.deepEqual(known(), ["n2", undefined]);
      assert.equal(index.of("u1").rule?.row, other);
      index.changed([change("NAT", "n2", other, undefined)]);
      assert.equal(index.uids().size, 0);
    }
  });

  it("tell what became free, whoever had it", () => {
    const index = new FloatingIpIndex("c");
    const freed = (one: RowChange): readonly string[] => [...index.changed([one]).freed];
    const all = ["address 198.51.100.20", "pool west", "pool west IPv4", "limit west shop"];
    assert.deepEqual(freed(change("Address_Set", "h", hold("u1", "198.51.100.20"), undefined)), all);
    const ofPod = { external_ip: "198.51.100.20", external_ids: ids({ ...own, allocation: "A" }) };
    assert.deepEqual(freed(change("NAT", "n", ofPod, undefined)), all);
    const foreign = { external_ip: "198.51.100.20", external_ids: ids({}) };
    assert.deepEqual(freed(change("NAT", "n", foreign, undefined)), ["address 198.51.100.20"]);
    const moved = { ...rule("u1", "198.51.100.20"), logical_ip: "10.0.0.2" };
    assert.deepEqual(freed(change("NAT", "n", rule("u1", "198.51.100.20"), moved)), []);
  });
});
