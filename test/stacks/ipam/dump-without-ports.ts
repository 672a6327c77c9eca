import { dumpDatabase } from "#lab/ovn/ovsdb-server.ts";

/** Everything in NB except port rows and `ports`. Allocation, binding and release do not change it. */
export async function dumpWithoutPorts(endpoint: string): Promise<unknown> {
  const tables = await dumpDatabase(endpoint, "OVN_Northbound");
  return [...tables]
    .filter(([name]) => name !== "Logical_Switch_Port")
    .map(([name, rows]) => [name, rows.map(({ ports: _ports, _version, ...rest }) => rest)]);
}
