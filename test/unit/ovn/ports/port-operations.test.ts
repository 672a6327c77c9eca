import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "ovsdb-client";
import { printParameters } from "#packages/ovsdb-client/src/connection/printed-json.ts";
import {
  bindPort,
  correctPorts,
  deleteHeldPorts,
  deletePorts,
  insertPorts,
  type NewPort,
  pinPort,
} from "#src/ovn/ports/port-operations.ts";

const port: NewPort = {
  name: "01AB-net1",
  switchUuid: "s1",
  addresses: "0a:58:0a:00:00:02 10.0.0.2",
  allocation: "01AB",
  namespace: "default",
  pod: 'we"b',
  podUid: "",
  network: "blue",
  interfaceName: "net1",
  cluster: "c",
  reservedAt: "2026-11-24T00:00:00Z",
};

/** The operations in wire notation. */
function wire(operations: readonly Operation[]): Record<string, unknown>[] {
  return JSON.parse(printParameters(operations)) as Record<string, unknown>[];
}

test("a port is inserted with its addresses as port security, and joins its switch", () => {
  const [insert, join] = wire(insertPorts([port]));
  const row = insert?.["row"] as Record<string, unknown>;
  assert.equal(row["name"], "01AB-net1");
  assert.deepEqual(row["addresses"], ["set", [port.addresses]]);
  assert.deepEqual(row["port_security"], row["addresses"]);
  assert.deepEqual(row["options"], ["map", [["iface-id-ver", "01AB"]]]);
  const [, ids] = row["external_ids"] as [string, [string, string][]];
  assert.equal(new Map(ids).get("k8s.plugin.opnfv.org/pod"), 'we"b');
  assert.equal(new Map(ids).get("k8s.plugin.opnfv.org/pod-uid"), "");
  assert.deepEqual(join?.["mutations"], [["ports", "insert", ["set", [["named-uuid", insert?.["uuid-name"]]]]]]);
});

test("ports of one switch join it with one mutation, whatever comes between them", () => {
  const operations = wire(insertPorts([port, { ...port, name: "b", switchUuid: "s2" }, { ...port, name: "c" }]));
  const joins = operations.filter(({ op }) => op === "mutate");
  assert.equal(joins.length, 2);
  assert.deepEqual(new Set(operations.map(({ table }) => table)), new Set(["Logical_Switch_Port", "Logical_Switch"]));
});

test("only the ports column of a switch is ever changed", () => {
  const all = wire([...insertPorts([port]), ...deletePorts([{ uuid: "u", switchUuid: "s1" }])]);
  const columns = all
    .filter(({ table }) => table === "Logical_Switch")
    .flatMap(({ mutations }) => mutations as [string][]);
  assert.deepEqual(new Set(columns.map(([column]) => column)), new Set(["ports"]));
});

test("a deletion waits for the owner that was read, a reservation's being an empty pod-uid", () => {
  const held = { uuid: "u", switchUuid: "s1", allocation: "01AB", podUid: "" };
  const [wait, ...deletions] = wire(deleteHeldPorts([held]));
  assert.deepEqual(deletions, wire(deletePorts([held])));
  const where = JSON.stringify(wait?.["where"]);
  assert.match(where, /"includes"/);
  assert.match(where, /\["k8s\.plugin\.opnfv\.org\/pod-uid",""\]/);
  assert.match(where, /\["k8s\.plugin\.opnfv\.org\/owner","ovn4nfv"\]/);
  assert.deepEqual([wait?.["until"], wait?.["rows"], wait?.["timeout"]], ["!=", [], 0]);
});

test("binding matches only what is still a reservation, and changes external_ids alone", () => {
  const [bind] = wire([bindPort({ uuid: "u", allocation: "01AB", pod: "web-0", podUid: "uid-1", chassis: "" })]);
  assert.equal(bind?.["op"], "mutate");
  assert.match(JSON.stringify(bind["where"]), /pod-uid",""/);
  const columns = (bind["mutations"] as [string][]).map(([column]) => column);
  assert.deepEqual(new Set(columns), new Set(["external_ids"]));
});

test("binding to a chassis writes it in the same operation, and pinning touches ports of that pod only", () => {
  const bound = { uuid: "u", allocation: "01AB", podUid: "uid-1" };
  const [bind, pin, free] = wire([
    bindPort({ ...bound, pod: "web-0", chassis: "c-1" }),
    pinPort({ ...bound, chassis: "c-1" }),
    pinPort({ ...bound, chassis: "" }),
  ]);
  const written = [
    ["options", "delete", ["set", ["requested-chassis"]]],
    ["options", "insert", ["map", [["requested-chassis", "c-1"]]]],
  ];
  assert.deepEqual((bind?.["mutations"] as unknown[]).slice(2), written);
  assert.deepEqual(pin?.["mutations"], written);
  assert.deepEqual(free?.["mutations"], written.slice(0, 1));
  assert.match(JSON.stringify(pin["where"]), /pod-uid","uid-1"/);
});

test("a port is inserted with its chassis when that is known, and without the key otherwise", () => {
  for (const [chassis, says] of [
    [
      "c-1",
      [
        ["iface-id-ver", port.allocation],
        ["requested-chassis", "c-1"],
      ],
    ],
    ["", [["iface-id-ver", port.allocation]]],
  ] as const) {
    const [insert] = wire(insertPorts([{ ...port, chassis }]));
    assert.deepEqual((insert?.["row"] as Record<string, unknown>)["options"], ["map", says]);
  }
});

test("a port with a filter of its own has it, and says which addresses it does not hold", () => {
  const special: NewPort = { ...port, filter: { mode: "full", allowed: ["10.1.0.200"] }, chassis: "n1" };
  const text = JSON.stringify(wire(insertPorts([special]))[0]);
  assert.match(text, /10\.1\.0\.200/);
  assert.match(text, /"k8s\.plugin\.opnfv\.org\/allowed-addresses","10\.1\.0\.200"/);
  assert.match(text, /"requested-chassis","n1"/);
  const open = JSON.stringify(wire(insertPorts([{ ...port, filter: { mode: "off", allowed: [] } }]))[0]);
  assert.match(open, /"port_security":\["set",\[\]\]/);
  assert.doesNotMatch(open, /allowed-addresses|requested-chassis/);
});

test("the port of a tap is disabled, so that OVN lets nothing in or out, and says what it is", () => {
  const [insert] = wire(insertPorts([{ ...port, filter: { mode: "full", allowed: [], isTap: true } }]));
  const row = insert?.["row"] as Record<string, unknown>;
  assert.equal(row["enabled"], false);
  const [, ids] = row["external_ids"] as [string, [string, string][]];
  assert.equal(new Map(ids).get("k8s.plugin.opnfv.org/tap"), "true");
});

test("a correction leaves the port of a tap disabled, and enables every other one", () => {
  const held = { uuid: "u", allocation: "A", podUid: "p", switchUuid: "s1", to: "s1", addresses: [], portSecurity: [] };
  const enabled = (isTap: boolean) => {
    const [change] = wire(correctPorts([{ ...held, isDisabled: isTap }])).filter(({ op }) => op === "update");
    return (change?.["row"] as Record<string, unknown>)["enabled"];
  };
  assert.equal(enabled(true), false);
  assert.deepEqual(enabled(false), ["set", []]);
});

test("the port of a guest refers to the answers that it gets, and a row of them that is gone shows as a count of none", () => {
  const dhcp = { ipv4: "3f0b2c9a-41d7-4e65-8f8c-210000000000", ipv6: undefined, hostname: "vm" };
  const operations = wire(
    insertPorts([
      { ...port, dhcp },
      { ...port, name: "b", dhcp },
    ]),
  );
  const row = operations[0]?.["row"] as Record<string, unknown>;
  assert.deepEqual(row["dhcpv4_options"], ["uuid", dhcp.ipv4]);
  assert.deepEqual(row["dhcpv6_options"], ["set", []]);
  assert.deepEqual(new Map((row["options"] as [string, [string, string][]])[1]).get("hostname"), '"vm"');
  const counted = operations.filter(({ table }) => table === "DHCP_Options");
  assert.deepEqual(
    counted.map(({ where }) => where),
    [[["_uuid", "==", ["uuid", dhcp.ipv4]]]],
  );
});

test("a correction writes the references of a guest, and leaves those of other ports alone", () => {
  const held = { uuid: "u", allocation: "A", podUid: "p", switchUuid: "s1", to: "s1", addresses: [], portSecurity: [] };
  const row = (dhcp: NewPort["dhcp"]) => {
    const [change] = wire(correctPorts([{ ...held, isDisabled: false, dhcp }])).filter(({ op }) => op === "update");
    return change?.["row"] as Record<string, unknown>;
  };
  assert.ok(!("dhcpv4_options" in row(undefined)));
  const wanted = row({ ipv4: undefined, ipv6: "3f0b2c9a-41d7-4e65-8f8c-210000000000", hostname: undefined });
  assert.deepEqual(wanted["dhcpv4_options"], ["set", []]);
});
