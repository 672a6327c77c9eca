import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Row, RowChange } from "ovsdb-client";
import { RouterPorts } from "#src/ipam/index/router-ports.ts";
import type { logicalRouterPort } from "#src/ovn/nb-tables.ts";
import { ipOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";

type RouterPortRow = Row<typeof logicalRouterPort>;

function change(
  before: RouterPortRow | undefined,
  after: RouterPortRow | undefined,
  uuid = "u",
): RowChange<typeof logicalRouterPort> {
  return { table: "Logical_Router_Port", uuid, before, after, deltas: {} };
}

const row = (name: string): RouterPortRow => {
  return { name, mac: "0a:00:00:00:00:fe", networks: ["10.0.0.1/24", "fd00::1/64"] };
};
const held = { macs: [macOf("0a:00:00:00:00:fe")], ips: [ipOf("10.0.0.1"), ipOf("fd00::1")] };
const nothing = { macs: [], ips: [] };

describe("router ports", () => {
  it("hold their MAC and the addresses of their networks, without the masks", () => {
    const ports = new RouterPorts();
    assert.deepEqual(ports.apply(change(undefined, row("lrp"))), ["lrp"]);
    assert.deepEqual(ports.of("lrp"), held);
    assert.deepEqual([ports.of("other"), ports.of(undefined)], [nothing, nothing]);
  });

  it("give both names when one is renamed, and the last when it goes", () => {
    const ports = new RouterPorts();
    ports.apply(change(undefined, row("old")));
    assert.deepEqual(ports.apply(change(row("old"), row("new"))), ["old", "new"]);
    assert.deepEqual([ports.of("old"), ports.of("new")], [nothing, held]);
    assert.deepEqual(ports.apply(change(row("new"), undefined)), ["new"]);
    assert.deepEqual(ports.of("new"), nothing);
  });

  it("stay when a row of the same name goes after the new one came", () => {
    const other = { ...row("lrp"), mac: "0a:00:00:00:00:fd", networks: ["10.0.0.6/24"] };
    const kept = { macs: [macOf("0a:00:00:00:00:fd")], ips: [ipOf("10.0.0.6")] };
    for (const isNewFirst of [false, true]) {
      const ports = new RouterPorts();
      ports.apply(change(undefined, row("lrp"), "old"));
      const changes = [change(row("lrp"), undefined, "old"), change(undefined, other, "new")];
      for (const each of isNewFirst ? changes.reverse() : changes) ports.apply(each);
      assert.deepEqual(ports.of("lrp"), kept);
    }
  });

  it("pass over what is no address", () => {
    const ports = new RouterPorts();
    ports.apply(change(undefined, { name: "lrp", mac: "", networks: ["nonsense", "10.0.0.1/24"] }));
    assert.deepEqual(ports.of("lrp"), { macs: [], ips: [ipOf("10.0.0.1")] });
  });
});
