// Reads a Northbound database with the program ovsdb-client and not with the product, so that it can judge the product.
import { dumpDatabase } from "../ovn/ovsdb-server.ts";

export interface NbPort {
  readonly uuid: string;
  readonly name: string;
  /** Undefined when no switch has it. */
  readonly switchName: string | undefined;
  readonly type: string;
  /** Words of `addresses` and `dynamic_addresses`: MAC and IP addresses, `router`, `unknown`, `dynamic`. */
  readonly addresses: readonly string[];
  readonly portSecurity: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  readonly externalIds: ReadonlyMap<string, string>;
}

export interface NbSwitch {
  readonly name: string;
  readonly otherConfig: ReadonlyMap<string, string>;
  readonly externalIds: ReadonlyMap<string, string>;
}

export interface NbSnapshot {
  readonly switches: readonly NbSwitch[];
  readonly ports: readonly NbPort[];
}

/** Reads switches and ports. In a cluster it reads from the leader. */
export async function readNb(endpoints: readonly string[]): Promise<NbSnapshot> {
  const tables = await dumpDatabase(endpoints.join(","), "OVN_Northbound");
  const switchRows = tables.get("Logical_Switch") ?? [];
  const switchOf = new Map(
    switchRows.flatMap((row) => setOf(row["ports"]).map((port) => [uuidOf(port), String(row["name"])] as const)),
  );
  const ports = (tables.get("Logical_Switch_Port") ?? []).map((row): NbPort => {
    const uuid = uuidOf(row["_uuid"]);
    return {
      uuid,
      name: String(row["name"]),
      switchName: switchOf.get(uuid),
      type: String(row["type"]),
      addresses: wordsOf(row["addresses"]).concat(wordsOf(row["dynamic_addresses"])),
      portSecurity: wordsOf(row["port_security"]),
      options: mapOf(row["options"]),
      externalIds: mapOf(row["external_ids"]),
    };
  });
  const switches = switchRows.map((row): NbSwitch => {
    const { name, other_config, external_ids } = row;
    return { name: String(name), otherConfig: mapOf(other_config), externalIds: mapOf(external_ids) };
  });
  return { switches, ports };
}

// In RFC 7047 (section 5.1) a set of one element is written as that element.
function setOf(cell: unknown): readonly unknown[] {
  return Array.isArray(cell) && cell[0] === "set" ? (cell[1] as readonly unknown[]) : [cell];
}

function wordsOf(cell: unknown): string[] {
  return setOf(cell).flatMap((text) => String(text).split(" "));
}

function mapOf(cell: unknown): ReadonlyMap<string, string> {
  const [, pairs] = cell as readonly ["map", readonly (readonly [string, string])[]];
  return new Map(pairs);
}

function uuidOf(cell: unknown): string {
  return (cell as readonly ["uuid", string])[1];
}
