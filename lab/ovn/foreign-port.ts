import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

export interface ForeignPort {
  readonly switchName: string;
  readonly name: string;
  /** The text of the column in NB: `<mac> <ip>...`. */
  readonly addresses: string;
}

/** Adds a port as another CMS would, in one transaction, and without the check of ovn-nbctl, which refuses duplicates. */
export async function addForeignPort(endpoint: string, { switchName, name, addresses }: ForeignPort): Promise<void> {
  const table = "Logical_Switch_Port";
  const operations = [
    { op: "insert", table, "uuid-name": "new", row: { name, addresses } },
    {
      op: "mutate",
      table: "Logical_Switch",
      where: [["name", "==", switchName]],
      mutations: [["ports", "insert", ["set", [["named-uuid", "new"]]]]],
    },
    { op: "commit", durable: true },
  ];
  const reply = await mustRun(ovnBinary("ovsdb-client"), [
    "transact",
    endpoint,
    JSON.stringify(["OVN_Northbound", ...operations]),
  ]);
  const [, joined] = JSON.parse(reply) as readonly { readonly count?: number; readonly error?: string }[];
  if (joined?.count !== 1) throw new Error(`the foreign port ${name} was not added: ${reply}`);
}
