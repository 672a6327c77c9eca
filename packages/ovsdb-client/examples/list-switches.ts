// Lists the logical switches of OVN with the number of their ports.
//   node list-switches.ts unix:/run/ovn/ovnnb_db.sock
import { column, OvsdbClient, table } from "ovsdb-client";

const logicalSwitch = table("Logical_Switch", { name: column.string(), ports: column.set(column.uuid()) });

const [endpoint = "unix:/run/ovn/ovnnb_db.sock"] = process.argv.slice(2);
const client = new OvsdbClient({ endpoints: [endpoint], database: "OVN_Northbound", tables: [logicalSwitch] });
client.start();
try {
  await client.waitForSession({ deadlineMs: performance.now() + 10_000 });
  for (const { name, ports } of client.rows(logicalSwitch).values()) console.log(`${name}: ${ports.length} ports`);
} finally {
  await client.close();
}
