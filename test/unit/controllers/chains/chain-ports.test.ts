import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, RowChange, TableSpec } from "ovsdb-client";
import { forwardingChanges, ForwardingPorts, portsOfNetwork } from "#src/controllers/chains/chain-ports.ts";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { forwardPort } from "#src/ovn/ports/port-operations.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";

const cluster = "cluster-1";
const owned = (more: Readonly<Record<string, string>> = {}) =>
  new Map(
    Object.entries({
      owner: "ovn4nfv",
      allocation: "A",
      namespace: "default",
      pod: "fw-0",
      "pod-uid": "u",
      cluster,
      ...more,
    }).map(([key, value]) => [externalId(key as Parameters<typeof externalId>[0]), value]),
  );
const address = "0a:58:0a:01:00:05 10.1.0.5";
const port = (external_ids: ReadonlyMap<string, string>) => ({
  name: "p",
  type: "",
  enabled: undefined,
  up: true,
  addresses: [address],
  dynamic_addresses: undefined,
  port_security: [address],
  options: new Map<string, string>(),
  external_ids,
});

function nb(ports: Readonly<Record<string, ReturnType<typeof port>>>) {
  const switches = new Map([
    [
      "s",
      {
        name: "left",
        ports: new Set(Object.keys(ports)),
        other_config: new Map(),
        external_ids: new Map([
          [externalId("owner"), "ovn4nfv"],
          [externalId("cluster"), cluster],
          [externalId("row"), "uid-left/switch"],
        ]),
      },
    ],
  ]);
  const rows: ReadonlyMap<TableSpec, ReadonlyMap<string, unknown>> = new Map<TableSpec, ReadonlyMap<string, unknown>>([
    [logicalSwitch, switches],
    [controllerPort, new Map(Object.entries(ports))],
  ]);
  return { rows: <T extends TableSpec>(table: T) => rows.get(table) as ReadonlyMap<string, Row<T>> };
}

test("only ports that are bound to a pod of this cluster count", () => {
  const source = nb({
    bound: port(owned()),
    reserved: port(owned({ "pod-uid": "" })),
    other: port(owned({ cluster: "cluster-2" })),
    vm: port(new Map()),
  });
  const found = portsOfNetwork(source, "uid-left", cluster);
  assert.deepEqual(
    found.map(({ uuid, podUid, ips }) => [uuid, podUid, ips.length]),
    [["bound", "u", 1]],
  );
  assert.deepEqual(portsOfNetwork(source, "uid-other", cluster), []);
});

test("ports begin and end to forward, and those that are right stay as they are", () => {
  const forwarding = owned({ "forwards-for": "chain" });
  const source = nb({ fresh: port(owned()), right: port(forwarding), stale: port(forwarding), vm: port(new Map()) });
  const wanted = new Map([
    ["fresh", "chain"],
    ["right", "chain"],
  ]);
  const now = new ForwardingPorts();
  now.read(source);
  assert.deepEqual([...now.uuids], ["right", "stale"]);
  const ports = source.rows(controllerPort);
  const changes = forwardingChanges(ports, { wanted, forwarding: now.uuids, cluster });
  assert.deepEqual(
    changes.map(({ uuid, chain }) => [uuid, chain]),
    [
      ["fresh", "chain"],
      ["stale", undefined],
    ],
  );
  assert.deepEqual(
    changes.map(({ portSecurity }) => portSecurity[0]?.includes(" ")),
    [false, true],
    "the MAC alone, and the addresses again",
  );
});

test("a port that forwards keeps its MAC, and gets its addresses back later", () => {
  const port = { uuid: "p", allocation: "A", podUid: "u", portSecurity: [address] };
  assert.equal(forwardPort({ ...port, chain: "c" }).length, 2);
  assert.match(JSON.stringify(forwardPort({ ...port, chain: undefined })), /10\.1\.0\.5/);
});

test("the ports that forward are kept by each change, without a look at all others", () => {
  const forwarding = new ForwardingPorts();
  const [idle, forwards] = [port(owned()), port(owned({ "forwards-for": "chain" }))];
  const change = (
    uuid: string,
    before: typeof idle | undefined,
    after: typeof idle | undefined,
    table = "Logical_Switch_Port",
  ) => ({ table, uuid, before, after, deltas: {} }) as unknown as RowChange;
  forwarding.changed([change("a", idle, forwards), change("b", undefined, forwards), change("c", idle, idle)]);
  assert.deepEqual([...forwarding.uuids], ["a", "b"]);
  forwarding.changed([
    change("a", forwards, idle),
    change("b", forwards, undefined),
    change("d", idle, forwards, "Other"),
  ]);
  assert.deepEqual([...forwarding.uuids], []);
});
