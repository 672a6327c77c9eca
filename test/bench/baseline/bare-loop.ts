// The baseline of `bench allocate`: prepared transactions, one after the other. It imports nothing of ours.
import { deletePorts, insertPorts } from "./bare-ports.ts";
import { printTransaction, RawOvsdb } from "./raw-ovsdb.ts";

/** Makes a switch with `ports` ports from 10.0.0.2 on; resolves with its UUID. */
export async function makeSwitch(path: string, name: string, ports: number, subnet = "10.0.0.0/8"): Promise<string> {
  const raw = new RawOvsdb(path);
  const row = {
    name,
    other_config: ["map", [["subnet", subnet]]],
    external_ids: ["map", [["k8s.plugin.opnfv.org/allowed-namespaces", "*"]]],
  };
  const global = { op: "insert", table: "NB_Global", row: {} };
  const hasGlobal = (await raw.transact([{ op: "select", table: "NB_Global", where: [], columns: ["_uuid"] }]))[0];
  if ((hasGlobal?.["rows"] as unknown[]).length === 0) await raw.transact([global]);
  const [made] = await raw.transact([{ op: "insert", table: "Logical_Switch", row }]);
  const [, uuid] = made?.["uuid"] as [string, string];
  for (let done = 0; done < ports; done += 1_000) {
    await raw.transact(insertPorts(uuid, "FILL", 0x0a000002 + done, Math.min(1_000, ports - done)));
  }
  raw.close();
  return uuid;
}

/** Commits `total` ports in transactions of `size`, and removes them again outside the time. Returns ports a second. */
export async function bareLoop(path: string, switchUuid: string, total: number, size: number): Promise<number> {
  const raw = new RawOvsdb(path);
  const texts: string[] = [];
  for (let done = 0; done < total; done += size) {
    texts.push(printTransaction(insertPorts(switchUuid, "BARE", 0x0aff0000 - done, Math.min(size, total - done))));
  }
  await raw.transact([]);
  const replies: string[] = [];
  const startMs = performance.now();
  for (const text of texts) replies.push(await raw.send(text));
  const seconds = (performance.now() - startMs) / 1000;
  for (const reply of replies) await raw.transact(deletePorts(switchUuid, insertedUuids(reply)));
  raw.close();
  return total / seconds;
}

function insertedUuids(reply: string): string[] {
  const { result } = JSON.parse(reply) as { result: readonly ({ readonly uuid?: [string, string] } | null)[] };
  const uuids = result.flatMap((entry) => (entry?.uuid === undefined ? [] : [entry.uuid[1]]));
  if (uuids.length === 0) throw new Error(`the bare loop inserted nothing: ${reply.slice(0, 300)}`);
  return uuids;
}
