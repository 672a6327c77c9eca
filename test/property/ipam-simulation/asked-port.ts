// Makes requests for ports for the simulation, and finds them in transactions.
import type { Operation } from "ovsdb-client";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { asReceived } from "#test/fakes/ipam/simulated-nb.ts";

/** Nobody joins the last two but pods that are plugged: they are created on one, and plugged into the other. */
export const networks = ["blue", "red", "green", "base"] as const;

export function askedPort(n: number, at: number, ip: string | undefined, mac?: string): PortRequest {
  const wanted = ip === undefined ? undefined : parseIp(ip);
  return {
    field: `interface[${n.toString()}]`,
    network: networks[at] ?? "",
    interfaceName: `net${(n + 1).toString()}`,
    addresses: wanted === undefined ? [] : [{ ip: wanted, prefixLength: undefined }],
    mac: mac === undefined ? undefined : parseMac(mac),
  };
}

/** The allocations and attempts that the operations insert or roll back. */
export function allocationsIn(operations: readonly Operation[]): readonly string[] {
  const pair = new RegExp(`"${externalId("allocation")}","(a\\d+)"|"(a\\d+)-net\\d"`, "g");
  return [...JSON.stringify(asReceived(operations)).matchAll(pair)].map(([, id, attempt]) => id ?? attempt ?? "");
}
