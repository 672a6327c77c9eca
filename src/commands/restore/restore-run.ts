// One run of `ovn4nfv restore`: webhooks stopped, database restored, webhooks started, both sides compared.
import { readFile } from "node:fs/promises";
import { fromUnknown } from "#src/core/errors.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type Backup, invalid, readBackup } from "#src/ovsdb/backup/backup-file.ts";
import { type RestorePlan, schemaFaults } from "#src/ovsdb/backup/restore-plan.ts";
import { WholeDatabase } from "#src/ovsdb/backup/whole-database.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandContext } from "../command.ts";
import type { ExitName } from "../exit-codes.ts";
import { mustBeListed } from "../missing-right.ts";
import { nbWriterOptions } from "../nb-options.ts";
import { writeRows } from "../output/print-rows.ts";
import type { Column } from "../output/text-table.ts";
import { restoreQuietTime } from "../flags/allocation-timings.ts";
import { bringBack, compareNow } from "./bring-back.ts";
import { checkOnce, lastFindings } from "./last-findings.ts";
import { assertNobodyIsLost, assertOfCluster } from "./rows-of-clusters.ts";
import { WebhookPause } from "./webhook-pause.ts";

interface Outcome {
  readonly restored: boolean;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** The findings of `ovn4nfv check` at the end. */
  readonly findings: readonly unknown[];
}

function outcomeOf(restored: boolean, plan: RestorePlan, findings: readonly unknown[]): Outcome {
  const { inserted, updated, deleted } = plan;
  return { restored, inserted, updated, deleted, findings };
}

const columns: readonly Column<Outcome>[] = [
  { title: "restored", value: ({ restored }) => String(restored) },
  { title: "rows inserted", value: ({ inserted }) => inserted.toString(), align: "right" },
  { title: "updated", value: ({ updated }) => updated.toString(), align: "right" },
  { title: "deleted", value: ({ deleted }) => deleted.toString(), align: "right" },
  { title: "findings", value: ({ findings }) => findings.length.toString(), align: "right" },
];

export interface RestoreParts {
  /** Its signal also aborts when another run may have begun. */
  readonly context: CommandContext<"restore">;
  readonly cluster: Cluster;
  /** The namespace of the webhooks. */
  readonly namespace: string;
  /** The name of another run that has begun since, which has the webhooks then. A run that only looks needs no such word. */
  readonly otherHolder?: () => Promise<string | undefined>;
}

/** Restores with --yes, and only says what would change without it. */
export async function runRestore({ context, cluster, namespace, otherHolder }: RestoreParts): Promise<ExitName> {
  const { config, operands, clock, logger, signal, stderr } = context;
  const say = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const quietMs = restoreQuietTime(config);
  const [path = ""] = operands;
  const forMs = (limitMs: number) => ({ signal, deadlineMs: clock.monotonicMs() + limitMs });
  const { client } = cluster;
  const parts = { client, clock, namespace };
  const pause = await WebhookPause.find(parts, forMs(config.timeoutMs));
  // It is said before anything else may fail: nobody else tells of it.
  if (pause.isLeftOver) {
    const cause = config.confirmed ? "" : ", or still runs";
    say(
      `an earlier run was killed, and left the webhooks stopped${cause}; this run starts them with --yes, or you do:`,
    );
    say(`  ${pause.cure}`);
  }
  const backup = await readFromFile(path);
  const options = { ...nbWriterOptions(config), leader: "only" as const, database: "OVN_Northbound", clock };
  await using database = await WholeDatabase.open(
    { ...options, logger: backgroundLogger(logger) },
    forMs(config.timeoutMs),
  );
  assertFits(database, backup, path);
  assertOfCluster(backup.tables, cluster.uid, path);
  for (const resource of [resources.pods, resources.nodes])
    await mustBeListed(client, resource, forMs(config.timeoutMs));
  const { plan, current } = await compareNow(database, backup, forMs(config.timeoutMs));
  assertNobodyIsLost(current, backup.tables, cluster.uid);
  const changes = `${String(plan.inserted)} rows to insert, ${String(plan.updated)} to update, ${String(plan.deleted)} to delete`;
  say(`the backup ${madeAt(backup)}; ${changes}`);
  const webhooks = `the ${String(pause.replicas)} webhooks`;
  if (!config.confirmed) {
    const meanwhile =
      "meanwhile creates of pods with a request, and changes of our objects and of networks of pods, are refused";
    say(
      `nothing was changed: --yes stops ${webhooks}, waits ${String(quietMs / 1_000)} s, restores, and starts them again; ${meanwhile}`,
    );
    writeRows(context, [outcomeOf(false, plan, [])], columns);
    return "ok";
  }
  const open = (): Promise<void> => {
    const start = pause.replicas === 0 ? "the webhooks were stopped before, and stay so" : "starting the webhooks";
    if (pause.mayBeStopped) say(start);
    const mayOpen = async (): Promise<boolean> => {
      const other = await otherHolder?.();
      if (other !== undefined) say(`${other} restores now, and starts the webhooks at its end`);
      return other === undefined;
    };
    // It is done also when this run is told to end.
    const until = { signal: new AbortController().signal, deadlineMs: forMs(config.recoveryMs).deadlineMs };
    return pause.open(until, mayOpen);
  };
  const done = await between({ open, say }, async () => {
    say(`stopping ${webhooks}; when this run is killed, run it again, or start them by hand:`);
    say(`  ${pause.cure}`);
    await pause.close(forMs(config.recoveryMs));
    say(`waiting ${String(quietMs / 1_000)} s for creates in flight`);
    await clock.sleep(quietMs, signal);
    return await bringBack(database, backup, forMs(config.recoveryMs), () =>
      pause.assertClosed(forMs(config.timeoutMs)),
    );
  });
  say("restored");
  const limit = forMs(config.recoveryMs);
  await pause.whenReady(limit);
  say("comparing with Kubernetes, until the controller has made lost ports again");
  const findings = await lastFindings({ compare: () => checkOnce(context), clock, signal, say }, limit.deadlineMs);
  writeRows(context, [outcomeOf(true, done, findings)], columns);
  return findings.length === 0 ? "ok" : "disagrees";
}

interface Around {
  readonly open: () => Promise<void>;
  readonly say: (line: string) => void;
}

/**
 * Starts the webhooks after the work, whatever has happened: one that starts reads all pods, and gives none of their addresses
 * away. Of two errors the first is thrown, and the other one is said.
 */
async function between<T>({ open, say }: Around, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (caught) {
    await open().catch((error: unknown) => {
      say(fromUnknown(error).message);
    });
    throw caught;
  }
  await open();
  return result;
}

async function readFromFile(path: string): Promise<Backup> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw invalid(path, `cannot be read: ${fromUnknown(cause).message}`, "name a file of `ovn4nfv backup`");
  });
  return readBackup(bytes, path);
}

function assertFits({ schema }: WholeDatabase, backup: Backup, path: string): void {
  const faults = schemaFaults(schema, backup);
  if (faults.length === 0) return;
  const cure = "restore it into a server of the version that it comes from, or of a newer one";
  throw invalid(path, `does not fit the database: ${faults.slice(0, 5).join("; ")}`, cure);
}

function madeAt({ madeAtMs, tables }: Backup): string {
  const rows = [...tables.values()].reduce((sum, { size }) => sum + size, 0);
  const when = madeAtMs === undefined ? "of an unknown time" : `of ${new Date(madeAtMs).toISOString()}`;
  return `${when} has ${String(rows)} rows`;
}
