// Prints each change of a logical switch port until it is interrupted, and says when the connection is lost and back.
//   node watch-ports.ts tcp:nb-0:6641 tcp:nb-1:6641 tcp:nb-2:6641
import { changeIn, column, OvsdbClient, type RowChange, table } from "ovsdb-client";

const port = table("Logical_Switch_Port", {
  name: column.string(),
  addresses: column.set(column.string()),
  up: column.optional(column.boolean()),
});

function print(change: RowChange): void {
  const { before, after } = changeIn(port, change) ?? {};
  if (after === undefined) console.log(`- ${before?.name ?? change.uuid}`);
  else
    console.log(
      `${before === undefined ? "+" : "~"} ${after.name} ${after.addresses.join(", ")} up=${after.up ?? "?"}`,
    );
}

const endpoints = process.argv.slice(2);
const client = new OvsdbClient({
  endpoints: endpoints.length === 0 ? ["unix:/run/ovn/ovnnb_db.sock"] : endpoints,
  database: "OVN_Northbound",
  tables: [port],
  listener: {
    changed: (changes) => changes.forEach(print),
    synced: ({ endpoint }, how) => console.log(`# in sync with ${endpoint} (${how})`),
    lost: (error) => console.log(`# ${error.message}`),
  },
});
client.start();
process.once("SIGINT", () => void client.close());
