import type { FlagTable } from "#src/core/config.ts";

const group = "Backup";

/** The flags of backups of the Northbound database, and of the way back to one. */
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
  recoveryMs: {
    flag: "recovery-time",
    type: "duration",
    default: "5m",
    min: 1_000,
    group,
    commands: ["restore"],
    help: "Time in which the webhooks must end and be ready again, and in which the controller makes lost ports again; what disagrees after it is printed.",
  },
} as const satisfies FlagTable;
