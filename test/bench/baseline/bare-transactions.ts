// Commits durable transactions one after the other, each with the ports of one pod. It imports nothing of ours.
import { deletePorts, insertPorts } from "./bare-ports.ts";
import { checkInserted, printTransaction, RawOvsdb } from "./raw-ovsdb.ts";

/** The milliseconds from the first byte to the reply, for each of `count` transactions with `ports` ports. */
export async function bareTransactions(path: string, uuid: string, count: number, ports: number): Promise<number[]> {
  const raw = new RawOvsdb(path);
  const timesMs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const text = printTransaction(insertPorts(uuid, "BARE", 0x0aff0000 - n * ports, ports));
    const startMs = performance.now();
    const reply = await raw.send(text);
    timesMs.push(performance.now() - startMs);
    checkInserted(reply);
  }
  raw.close();
  return timesMs;
}

/** Takes all ports off a switch, which deletes them. */
export async function emptySwitch(path: string, uuid: string): Promise<void> {
  const raw = new RawOvsdb(path);
  const where = [["_uuid", "==", ["uuid", uuid]]];
  const select = { op: "select", table: "Logical_Switch", where, columns: ["ports"] };
  const [found] = await raw.transact([select]);
  const [row] = found?.["rows"] as { readonly ports: ["set", ["uuid", string][]] | ["uuid", string] }[];
  const members = row === undefined ? [] : row.ports[0] === "set" ? row.ports[1] : [row.ports];
  const uuids = members.map(([, member]) => member);
  for (let done = 0; done < uuids.length; done += 1_000) {
    await raw.transact(deletePorts(uuid, uuids.slice(done, done + 1_000)));
  }
  raw.close();
}
