// Random transactions from three writers, forced disconnects, and a comparison at each quiet point.
import assert from "node:assert/strict";
import { runCommand } from "../../../../tools/process/command.ts";
import { ovnBinary } from "../../../../tools/programs/ovn-binaries.ts";
import { dropConnections, dumpDatabase } from "../../../../lab/ovn/ovsdb-server.ts";
import { seededRandom } from "./seeded-random.ts";
import { canonicalDump, canonicalReplica } from "./canonical-rows.ts";
import { allTables, ballast, logicalSwitch } from "./northbound.ts";
import { RandomWrites } from "./random-writes.ts";
import { RawWriter } from "./raw-writer.ts";
import { RecordedClient } from "./recorded-client.ts";
import { ListenerShadow } from "./listener-shadow.ts";
import { insert } from "../../src/transaction/operations.ts";

export interface ReplicaModelOptions {
  readonly seed: number;
  /** Stops after this many operations. */
  readonly operations: number;
  readonly endpoint: string;
  readonly controlSocket: string;
}

export interface ReplicaModelReport {
  readonly operations: number;
  readonly comparisons: number;
  readonly disconnects: number;
  /** The number of our transactions, two for each comparison, that were refused or have an unknown outcome. */
  readonly refused: number;
  readonly syncs: Readonly<Record<"full" | "resumed", number>>;
}

/**
 * Throws when the replica, or the changes that its listener got, differ from the rows that `ovsdb-client dump` shows.
 */
export async function runReplicaModel(options: ReplicaModelOptions): Promise<ReplicaModelReport> {
  const random = seededRandom(options.seed);
  const shadow = new ListenerShadow();
  await using recorded = new RecordedClient([options.endpoint], { random, backoff: quick });
  const raw = new RawWriter(options.endpoint);
  let operations = 0;
  let comparisons = 0;
  let disconnects = 0;
  let refused = 0;
  const refuse = (): void => {
    refused += 1;
  };
  await (await recorded.session()).transact(ballast());
  while (operations < options.operations) {
    const session = await recorded.session();
    const writes = new RandomWrites(random, recorded.client);
    const ours = writes.operations(8);
    const handmade = writes.operations(8);
    const commands = writes.commands(8);
    operations += ours.length + handmade.length + commands.length;
    const results = [
      // Transactions may be refused or have an unknown outcome: only the rows that the database has afterwards count.
      session.transact(ours.slice(0, 4)).catch(refuse),
      session.transact(ours.slice(4)).catch(refuse),
      raw.transact("OVN_Northbound", handmade),
      runCommand(ovnBinary("ovn-nbctl"), [
        `--db=${options.endpoint}`,
        "--no-leader-only",
        // Without a limit it sometimes hangs after its connection to a clustered server was dropped.
        "--timeout=2",
        ...commands.flatMap((words) => ["--", ...words]),
      ]),
    ];
    if (comparisons % 3 === 2) {
      disconnects += 1;
      results.push(dropConnections(options.controlSocket));
    }
    await Promise.all(results);
    shadow.take(recorded.events.splice(0));
    await settle(recorded);
    shadow.take(recorded.events.splice(0));
    const expected = canonicalDump(await dumpDatabase(options.endpoint, "OVN_Northbound"), allTables);
    assert.deepEqual(canonicalReplica(recorded.client, allTables), expected);
    assert.deepEqual(shadow.canonical(allTables), expected);
    comparisons += 1;
  }
  raw.close();
  return { operations, comparisons, disconnects, refused, syncs: shadow.syncs };
}

const quick = { initialMs: 5, maxMs: 50, factor: 2, jitter: 0.5, resetAfterMs: 1_000 };

/** When a change of our own is in the replica, all changes before it are. */
async function settle(recorded: RecordedClient): Promise<void> {
  for (;;) {
    try {
      const session = await recorded.session();
      await session.transact([insert(logicalSwitch, { name: "quiet" })]);
      return;
    } catch {
      // The connection was dropped only now.
      await recorded.until("the loss", () => recorded.client.session === undefined);
    }
  }
}
