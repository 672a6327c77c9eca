// Does to our rows in NB what people and other programs may do, in one transaction each, without the product.
import { randomUUID } from "node:crypto";
import { ulid } from "ulid";
import { mustRun } from "#tools/process/command.ts";
import type { NbPort, NbSnapshot } from "#lab/invariants/nb-snapshot.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

const prefix = "k8s.plugin.opnfv.org/";

/** Deletes ports like `ovn-nbctl lsp-del`. */
export async function deletePorts(endpoint: string, ports: readonly NbPort[]): Promise<void> {
  const operations = ports.map(({ uuid, switchName = "" }) => ({
    op: "mutate",
    table: "Logical_Switch",
    where: [["name", "==", switchName]],
    mutations: [["ports", "delete", ["set", [["uuid", uuid]]]]],
  }));
  await transact(endpoint, operations);
}

export interface StrayPort {
  readonly switchName: string;
  readonly cluster: string;
  /** The text of the column in NB: `<mac> <ip>...`. */
  readonly addresses: string;
  /** True when it is bound to the UID of a pod that never was. Otherwise it is a reservation. */
  readonly bound: boolean;
}

/** Adds ports that look like ours and belong to no pod. */
export async function addStrayPorts(endpoint: string, strays: readonly StrayPort[]): Promise<void> {
  const operations = strays.flatMap(({ switchName, cluster, addresses, bound }, number) => {
    const allocation = ulid();
    const ids = {
      owner: "ovn4nfv",
      allocation,
      cluster,
      namespace: "default",
      pod: `nobody-${number}`,
      "pod-uid": bound ? randomUUID() : "",
      network: switchName,
      interface: "net1",
      "reserved-at": new Date().toISOString(),
    };
    const row = {
      name: `${allocation}-net1`,
      addresses,
      port_security: addresses,
      options: ["map", [["iface-id-ver", allocation]]],
      external_ids: ["map", Object.entries(ids).map(([key, value]) => [prefix + key, value])],
    };
    return [
      { op: "insert", table: "Logical_Switch_Port", "uuid-name": `stray${number}`, row },
      {
        op: "mutate",
        table: "Logical_Switch",
        where: [["name", "==", switchName]],
        mutations: [["ports", "insert", ["set", [["named-uuid", `stray${number}`]]]]],
      },
    ];
  });
  await transact(endpoint, operations);
}

/** Addresses in the 10.x.y.0/22 of a switch that no port has, each with a MAC. */
export function unusedAddresses(nb: NbSnapshot, base: string, count: number): readonly string[] {
  const used = new Set(nb.ports.flatMap(({ addresses }) => addresses));
  const [a, b, c] = base.split(".").map(Number);
  const all = Array.from({ length: 1_000 }, (_, n) => [(c ?? 0) + Math.floor((n + 10) / 256), (n + 10) % 256] as const);
  return all
    .map(([third, host]) => ({ third, host, ip: `${a}.${b}.${third}.${host}` }))
    .filter(({ ip }) => !used.has(ip))
    .slice(0, count)
    .map(({ third, host, ip }) => `0e:00:00:01:${hex(third)}:${hex(host)} ${ip}`);
}

function hex(byte: number): string {
  return (byte % 256).toString(16).padStart(2, "0");
}

async function transact(endpoint: string, operations: readonly object[]): Promise<void> {
  const transaction = JSON.stringify(["OVN_Northbound", ...operations, { op: "commit", durable: true }]);
  const reply = await mustRun(ovnBinary("ovsdb-client"), ["transact", endpoint, transaction]);
  const failed = (JSON.parse(reply) as readonly { readonly error?: string }[]).filter((one) => one.error !== undefined);
  if (failed.length > 0) throw new Error(`the damage was not done: ${reply}`);
}
