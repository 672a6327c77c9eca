import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, remove, type RowChange } from "ovsdb-client";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { askingGuests, dhcpOfResult, hasItsAnswers } from "#src/controllers/allocations/dhcp-repair.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import { id, labelledPod, portName } from "#test/fixtures/controllers/labelled-pod.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const [plain] = storedResultOf(labelledPod());
assert.ok(plain);
const guest = { ...plain, dhcp: true as const, hostname: "vm" };
const row = {
  cidr: "10.1.0.0/24",
  options: {},
  external_ids: { [externalId("owner")]: ownerValue, [externalId("row")]: "u1/dhcp-10.1.0.0/24" },
};

function network() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.1.0.0/24", { owner: ownerValue, row: "u1/switch", cluster: "c", dhcp: "true" });
  nb.addPort("blue", portName, { addresses: "0a:58:0a:01:00:07 10.1.0.7", allocation: id });
  const seen: RowChange[] = [];
  nb.onMessage = (changes) => {
    seen.push(...changes);
  };
  return { nb, seen };
}

const portWith = (dhcpv4_options: string | undefined, hostname?: string) =>
  ({
    dhcpv4_options,
    dhcpv6_options: undefined,
    options: new Map(hostname === undefined ? [] : [["hostname", hostname]]),
  }) as Parameters<typeof hasItsAnswers>[0];

test("the port of a guest is to refer to the row of its subnet, and to none while there is none", () => {
  const { nb } = network();
  assert.deepEqual(dhcpOfResult(guest, nb.index), { ipv4: undefined, ipv6: undefined, hostname: "vm" });
  assert.ok(hasItsAnswers(portWith(undefined, '"vm"'), guest, nb.index));
  nb.commit(insert(dhcpOptions, row));
  const [uuid] = [...nb.rows(dhcpOptions).keys()];
  assert.equal(dhcpOfResult(guest, nb.index)?.ipv4, uuid);
  assert.ok(hasItsAnswers(portWith(uuid, '"vm"'), guest, nb.index));
  assert.ok(!hasItsAnswers(portWith(undefined, '"vm"'), guest, nb.index), "NB dropped it");
  assert.ok(!hasItsAnswers(portWith(uuid, '"other"'), guest, nb.index), "somebody wrote another name");
});

test("references of ports without a guest are nobody's business here", () => {
  const { nb } = network();
  assert.equal(dhcpOfResult(plain, nb.index), undefined);
  assert.ok(hasItsAnswers(portWith("somebody's"), plain, nb.index));
});

test("when a row comes or goes, the allocations of its network are looked at", () => {
  const { nb, seen } = network();
  nb.commit(insert(dhcpOptions, row));
  assert.deepEqual([...askingGuests(seen.splice(0), nb.index)], [id]);
  const [uuid = ""] = [...nb.rows(dhcpOptions).keys()];
  nb.commit(remove(dhcpOptions, [["_uuid", "==", uuid]]));
  assert.deepEqual([...askingGuests(seen.splice(0), nb.index)], [id]);
  nb.addPort("blue", "other", {});
  assert.deepEqual([...askingGuests(seen, nb.index)], []);
});
