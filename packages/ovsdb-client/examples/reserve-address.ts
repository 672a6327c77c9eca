// Gives a port an address, unless somebody else changes the port meanwhile; then it looks again and tries once more.
//   node reserve-address.ts unix:/run/ovn/ovnnb_db.sock web "0a:00:00:00:00:05 10.0.0.5"
import { column, commit, mutate, OvsdbClient, OvsdbError, type OvsdbSession, table, wait } from "ovsdb-client";

const port = table("Logical_Switch_Port", { name: column.string(), addresses: column.set(column.string()) });

const [endpoint = "", name = "", address = ""] = process.argv.slice(2);
const client = new OvsdbClient({ endpoints: [endpoint], database: "OVN_Northbound", tables: [port] });
client.start();
try {
  const limits = { deadlineMs: performance.now() + 10_000 };
  let isDone = false;
  while (!isDone) isDone = await reserve(await client.waitForSession(limits));
} finally {
  await client.close();
}

/** True when the port has the address. False: the port was changed, or it is not known whether it has the address. */
async function reserve(session: OvsdbSession): Promise<boolean> {
  const [uuid, row] =
    client
      .rows(port)
      .entries()
      .find(([, each]) => each.name === name) ?? [];
  if (uuid === undefined || row === undefined) throw new Error(`there is no port ${name}`);
  if (row.addresses.includes(address)) {
    console.log(`${name} has ${row.addresses.join(", ")}`);
    return true;
  }
  const where = [["_uuid", "==", uuid]] as const;
  const asRead = {
    where,
    columns: ["addresses"],
    until: "==",
    rows: [{ addresses: row.addresses }],
    timeoutMs: 0,
  } as const;
  try {
    await session.transact([
      wait(port, asRead),
      mutate(port, where, [["addresses", "insert", [address]]]),
      commit({ durable: true }),
    ]);
  } catch (error) {
    if (!(error instanceof OvsdbError)) throw error;
    const wasChanged = error.code === "TransactionFailed" && error.details.reason === "timed out";
    // When the outcome is unknown, the next session shows it.
    if (!wasChanged && error.code !== "OutcomeUnknown") throw error;
  }
  return false;
}
