import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, remove } from "ovsdb-client";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { dhcpOptions } from "#src/ovn/nb-tables.ts";
import { refused } from "#test/assertions/refused.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const subnets = ["10.0.0.0/29", "fd10::/64"];

function network(settings: object = { dhcp: "true" }) {
  const nb = new NbFixture();
  nb.addSwitch("blue", subnets.join(), { owner: "ovn4nfv", row: "u1/switch", cluster: "c", ...settings });
  const addRow = (cidr: string, owner = "ovn4nfv") => {
    const external_ids = { [externalId("owner")]: owner, [externalId("row")]: `u1/dhcp-${cidr}` };
    nb.commit(insert(dhcpOptions, { cidr, options: {}, external_ids }));
  };
  return { nb, addRow };
}

const guest = { ...portRequest("blue"), dhcp: { field: "interface[0].dhcp", hostname: "vm" } };
const rowOf = (nb: NbFixture, cidr: string) =>
  [...nb.rows(dhcpOptions)].find(([, row]) => row.cidr === cidr)?.[0] ?? "none";

test("the port of a guest refers to the row of each subnet in which it has an address, and no other port does", () => {
  const { nb, addRow } = network();
  for (const subnet of subnets) addRow(subnet);
  const [port, other] = planPorts(requestOf(guest, portRequest("blue")), nb.view);
  const [ipv4, ipv6] = subnets.map((subnet) => rowOf(nb, subnet));
  assert.deepEqual(port?.dhcp, { ipv4, ipv6, hostname: "vm" });
  assert.equal(other?.dhcp, undefined);
});

test("while a row is missing the pod may try again, and a row of somebody else is none", () => {
  const { nb, addRow } = network();
  addRow("10.0.0.0/29");
  addRow("fd10::/64", "neutron");
  const wait = refused(() => planPorts(requestOf(guest), nb.view));
  assert.equal(wait.code, "BackendUnavailable");
  assert.match(wait.reason, /DHCP_Options for fd10::\/64/);
  addRow("fd10::/64");
  assert.ok(planPorts(requestOf(guest), nb.view)[0]?.dhcp);
  nb.commit(remove(dhcpOptions, [["_uuid", "==", rowOf(nb, "10.0.0.0/29")]]));
  assert.equal(refused(() => planPorts(requestOf(guest), nb.view)).code, "BackendUnavailable");
});

test("a network that gives no addresses by DHCP refuses guests, and says who can change that", () => {
  const { nb } = network({});
  assert.equal(refused(() => planPorts(requestOf(guest), nb.view)).code, "NotAllowed");
  const bare = new NbFixture();
  bare.addSwitch("blue", "10.0.0.0/29", { dhcp: "true" });
  assert.equal(refused(() => planPorts(requestOf(guest), bare.view)).code, "NotAllowed");
});
