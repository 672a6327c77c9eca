// Makes ports as the allocator would write them, for filling a switch and for the bare loop. It imports nothing of ours.

/**
 * A durable transaction that inserts `count` ports with addresses from `first` (IPv4 as a number) on a switch, and into port
 * groups.
 */
export function insertPorts(
  switchUuid: string,
  label: string,
  first: number,
  count: number,
  groups: readonly string[] = [],
): unknown[] {
  const inserts = Array.from({ length: count }, (_, n) => insertPort(label, first + n, `p${n}`));
  const members = inserts.map((insert) => ["named-uuid", insert["uuid-name"]]);
  const joins = groups.map((uuid) => mutatePorts(uuid, "insert", members, "Port_Group"));
  return [...inserts, mutatePorts(switchUuid, "insert", members), ...joins, { op: "commit", durable: true }];
}

export function deletePorts(switchUuid: string, uuids: readonly string[]): unknown[] {
  return [
    mutatePorts(
      switchUuid,
      "delete",
      uuids.map((uuid) => ["uuid", uuid]),
    ),
  ];
}

export function insertPort(label: string, address: number, uuidName: string) {
  const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
  const mac = ["0a", "58", ...text.map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
  const addresses = `${mac} ${text.join(".")}`;
  const name = `${label}${address.toString(16).padStart(26 - label.length, "0")}-net1`;
  const ids = Object.entries({
    owner: "ovn4nfv",
    allocation: name.slice(0, 26),
    namespace: "default",
    pod: name,
    "pod-uid": "",
    network: "blue",
    interface: "net1",
    "reserved-at": "2026-11-24T15:30:47.123Z",
    cluster: "5f0c7a52-3e0f-4b57-8f6d-0d1f6f3f0a11",
  }).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value]);
  const row = {
    name,
    addresses,
    port_security: addresses,
    options: ["map", [["iface-id-ver", name.slice(0, 26)]]],
    external_ids: ["map", ids],
  };
  return { op: "insert", table: "Logical_Switch_Port", row, "uuid-name": uuidName };
}

export function mutatePorts(
  uuid: string,
  mutator: "insert" | "delete",
  members: readonly unknown[],
  table: "Logical_Switch" | "Port_Group" = "Logical_Switch",
) {
  const where = [["_uuid", "==", ["uuid", uuid]]];
  return { op: "mutate", table, where, mutations: [["ports", mutator, ["set", members]]] };
}
