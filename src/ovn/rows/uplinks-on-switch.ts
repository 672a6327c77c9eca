import type { OwnedRows } from "../owned/read-owned-rows.ts";
import { gatewayName, uplinkScopes } from "./uplink-rows.ts";

/** The gateway of an Uplink that stands on a switch, with its addresses there. */
export interface UplinkOnSwitch {
  readonly uplink: string;
  /** Each has its prefix length. */
  readonly addresses: readonly string[];
}

/** Finds the Uplinks whose gateways have one of these ports of a switch, by name. */
export function uplinksOnSwitch({ rows }: OwnedRows, ports: ReadonlySet<string>): readonly UplinkOnSwitch[] {
  const routerPorts = new Map(
    [...rows.values()].map(({ table, row }) => [`${table.name}/${String(row["name"])}`, row]),
  );
  const found = [...rows.values()].flatMap(({ id, uuid, row }): readonly UplinkOnSwitch[] => {
    const [scope, uid = ""] = id.split("/");
    if (scope !== uplinkScopes || !ports.has(uuid)) return [];
    const to = (row["options"] as ReadonlyMap<string, string>).get("router-port") ?? "";
    const networks = routerPorts.get(`Logical_Router_Port/${to}`)?.["networks"] as Iterable<string> | undefined;
    const gateway = rows.get(`${scope}/${uid}/gateway`)?.row["name"];
    if (networks === undefined || typeof gateway !== "string") return [];
    return [{ uplink: gateway.slice(gatewayName("").length), addresses: [...networks].sort() }];
  });
  return found.sort((a, b) => (a.uplink < b.uplink ? -1 : 1));
}
