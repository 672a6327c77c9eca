import type { FlagTable } from "#src/core/config.ts";

const group = "Backup";

/** The flags of backups of the Northbound database. */
export const backupFlags = {
  keptBackups: {
    flag: "keep",
    type: "int",
    default: "14",
    min: 1,
    max: 10_000,
    group,
    commands: ["backup"],
    help: "Number of backups that stay in the folder. When a new one is whole, the oldest ones above it are removed.",
  },
} as const satisfies FlagTable;
