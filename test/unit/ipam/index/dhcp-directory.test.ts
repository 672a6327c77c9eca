import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, remove } from "ovsdb-client";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const subnet = cidr("10.0.0.0/24");
const row = (ids: object) => insert(dhcpOptions, { cidr: "10.0.0.0/24", options: {}, external_ids: { ...ids } });
const marks = { [externalId("owner")]: ownerValue, [externalId("row")]: "u1/dhcp-10.0.0.0/24" };

const address = ip("10.0.0.7");
const networkWith = (objectUid: string | undefined) => ({
  objectUid,
  subnets: [{ cidr: subnet, gateway: undefined, excluded: [] }],
});

test("a row is known by its network and subnet while it is there, and so is one that took its place", () => {
  const nb = new NbFixture();
  const known = () => nb.index.dhcp.rowFor(networkWith("u1"), address)?.uuid;
  nb.commit(row(marks));
  const [first = ""] = [...nb.rows(dhcpOptions).keys()];
  assert.equal(known(), first);
  assert.deepEqual(nb.index.dhcp.rowFor(networkWith("u2"), address), { cidr: subnet, uuid: undefined });
  assert.equal(nb.index.dhcp.rowFor(networkWith(undefined), address), undefined);
  assert.equal(nb.index.dhcp.rowFor(networkWith("u1"), ip("10.0.1.7")), undefined, "no subnet has the address");
  nb.commit(row(marks), remove(dhcpOptions, [["_uuid", "==", first]]));
  const [second] = nb.rows(dhcpOptions).keys();
  assert.equal(known(), second);
  nb.commit(remove(dhcpOptions, [["_uuid", "==", second ?? ""]]));
  assert.equal(known(), undefined);
});

test("of two rows with one id the one with the lowest UUID is known, and the other when that one goes", () => {
  const nb = new NbFixture();
  const known = () => nb.index.dhcp.rowFor(networkWith("u1"), address)?.uuid;
  nb.commit(row(marks));
  nb.commit(row(marks));
  const [first = "", second = ""] = [...nb.rows(dhcpOptions).keys()].sort();
  assert.equal(known(), first);
  nb.commit(remove(dhcpOptions, [["_uuid", "==", second]]));
  assert.equal(known(), first);
  nb.commit(row(marks));
  nb.commit(remove(dhcpOptions, [["_uuid", "==", first]]));
  assert.equal(known(), [...nb.rows(dhcpOptions).keys()][0]);
  assert.notEqual(known(), undefined);
});

test("rows of somebody else are not known, whatever they say", () => {
  const nb = new NbFixture();
  nb.commit(row({ ...marks, [externalId("owner")]: "neutron" }), row({}));
  assert.equal(nb.index.dhcp.rowFor(networkWith("u1"), address)?.uuid, undefined);
});
