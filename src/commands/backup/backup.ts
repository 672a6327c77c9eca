// Writes a backup of the Northbound database into a folder, and removes old ones.
import { WholeDatabase } from "#src/ovsdb/backup/whole-database.ts";
import { printBackup } from "#src/ovsdb/backup/backup-file.ts";
import { AppError } from "#src/core/errors.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { CommandRun } from "../command.ts";
import { nbOptions, refuseUnnamed } from "../nb-options.ts";
import { writeRows } from "../output/print-rows.ts";
import type { Column } from "../output/text-table.ts";
import { assertKept, removeOldBackups, storeBackup } from "./backup-folder.ts";

interface Made {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly removed: readonly string[];
}

const columns: readonly Column<Made>[] = [
  { title: "file", value: ({ file }) => file },
  { title: "rows", value: ({ rows }) => rows.toString(), align: "right" },
  { title: "bytes", value: ({ bytes }) => bytes.toString(), align: "right" },
  { title: "removed", value: ({ removed }) => removed.join() || "-" },
];

/** Old backups are removed only when the new one was written and read back. */
export const backup: CommandRun<"backup"> = async (context) => {
  const { config, operands, clock, env, logger, signal } = context;
  refuseUnnamed(config);
  const [folder] = operands;
  if (folder === undefined) throw new AppError("ConfigInvalid", "backup needs a folder");
  await assertKept(folder, env["KUBERNETES_SERVICE_HOST"] !== undefined);
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const options = { ...nbOptions(config), database: "OVN_Northbound", clock, logger: backgroundLogger(logger) };
  await using database = await WholeDatabase.open(options, call);
  const content = await database.read(clock.now(), call);
  const text = printBackup(content);
  const file = await storeBackup(folder, text, clock.now());
  const removed = await removeOldBackups(folder, config.keptBackups, clock.now());
  const rows = [...content.tables.values()].reduce((sum, { size }) => sum + size, 0);
  writeRows(context, [{ file, rows, bytes: Buffer.byteLength(text), removed }], columns);
  return "ok";
};
