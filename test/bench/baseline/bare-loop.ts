// The baseline of `bench allocate`: prepared transactions, a few of them in flight. It imports nothing of ours.
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

/** Makes port groups with these names and external_ids; resolves with their UUIDs. */
export async function makeGroups(
  path: string,
  groups: readonly { readonly name: string; readonly ids: Readonly<Record<string, string>> }[],
): Promise<readonly string[]> {
  const raw = new RawOvsdb(path);
  const rows = groups.map(({ name, ids }) => ({ name, external_ids: ["map", Object.entries(ids)] }));
  const made = await raw.transact(rows.map((row) => ({ op: "insert", table: "Port_Group", row })));
  raw.close();
  return made.map(({ uuid }) => (uuid as [string, string])[1]);
}

export interface BareLoop {
  readonly path: string;
  readonly switchUuid: string;
  /** The number of ports to commit. */
  readonly total: number;
  /** The ports in one transaction. */
  readonly size: number;
  /** The transactions that are under way at once, each on a connection of its own. */
  readonly inFlight: number;
  /** The port groups that each port joins; none by default. */
  readonly groups?: readonly string[];
}

/** Commits the ports, and removes them again outside the time. Returns ports a second. */
export async function bareLoop({ path, switchUuid, total, size, inFlight, groups = [] }: BareLoop): Promise<number> {
  const texts: string[] = [];
  for (let done = 0; done < total; done += size) {
    const count = Math.min(size, total - done);
    texts.push(printTransaction(insertPorts(switchUuid, "BARE", 0x0aff0000 - done, count, groups)));
  }
  const lanes = Array.from({ length: inFlight }, () => new RawOvsdb(path));
  await Promise.all(lanes.map((raw) => raw.transact([])));
  const replies: string[] = [];
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    lanes.map(async (raw) => {
      for (let text = texts[next++]; text !== undefined; text = texts[next++]) replies.push(await raw.send(text));
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  for (const reply of replies) await lanes[0]?.transact(deletePorts(switchUuid, insertedUuids(reply)));
  for (const raw of lanes) raw.close();
  return total / seconds;
}

function insertedUuids(reply: string): string[] {
  const { result } = JSON.parse(reply) as { result: readonly ({ readonly uuid?: [string, string] } | null)[] };
  const uuids = result.flatMap((entry) => (entry?.uuid === undefined ? [] : [entry.uuid[1]]));
  if (uuids.length === 0) throw new Error(`the bare loop inserted nothing: ${reply.slice(0, 300)}`);
  return uuids;
}
