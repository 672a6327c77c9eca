// A backup is read from a real server; `ovsdb-client` writes and reads the same files.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { type Backup, printBackup, readBackup } from "#src/ovsdb/backup/backup-file.ts";
import { WholeDatabase } from "#src/ovsdb/backup/whole-database.ts";
import { canonical } from "#src/ovsdb/backup/wire-value.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

const call = { signal: AbortSignal.timeout(60_000) };
const open = (endpoint: string) =>
  WholeDatabase.open(
    { endpoints: [endpoint], database: "OVN_Northbound", leader: "any", clock: systemClock, logger: silentLogger },
    call,
  );
const nbctl = (endpoint: string, ...args: readonly string[]) =>
  mustRun(ovnBinary("ovn-nbctl"), [`--db=${endpoint}`, "--no-leader-only", ...args]);

/** Rows of many kinds: references, maps, sets with one element and with several, and defaults. */
const rows = [
  ...["--", "ls-add", "blue", "--", "set", "logical_switch", "blue", "other_config:subnet=10.0.0.0/24"],
  ...["--", "lsp-add", "blue", "one", "--", "lsp-set-addresses", "one", "0a:00:00:00:00:01 10.0.0.2", "dynamic"],
  ...["--", "lsp-add", "blue", "two", "--", "lsp-set-port-security", "two", "0a:00:00:00:00:02"],
  ...["--", "acl-add", "blue", "to-lport", "100", "ip4", "drop", "--", "lr-add", "router"],
];

/** All values that are not at their defaults, in a form that can be compared. */
const rowsOf = ({ tables }: Backup): readonly string[] =>
  [...tables]
    .flatMap(([table, byUuid]) =>
      [...byUuid].map(([uuid, row]) => {
        const values = Object.entries(row).map(([name, value]) => `${name}=${canonical(value)}`);
        return `${table} ${uuid} ${values.sort().join(" ")}`;
      }),
    )
    .sort();

describe("a backup of a database", () => {
  it("is a file that is read as it was written, and that ovsdb-client restores", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...rows);
    await using database = await open(server.endpoint);
    const backup = await database.read(1_764_000_000_000, call);
    const ours = join(server.folder, "ours");
    await writeFile(ours, printBackup(backup));
    const read = readBackup(await readFile(ours), ours);
    assert.deepEqual(rowsOf(read), rowsOf(backup));
    assert.equal(read.madeAtMs, 1_764_000_000_000);

    await using empty = await startOvsdbServer();
    const restore = 'exec "$1" restore "$2" OVN_Northbound <"$3"';
    await mustRun("sh", ["-c", restore, "sh", ovnBinary("ovsdb-client"), empty.endpoint, ours]);
    await using restored = await open(empty.endpoint);
    // Rows have other UUIDs there. Everything else is the same.
    const anonymous = (content: Backup) =>
      rowsOf(content)
        .map((row) => row.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID"))
        .sort();
    assert.deepEqual(anonymous(await restored.read(0, call)), anonymous(backup));
  });

  it("says the same as the file that ovsdb-client writes", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...rows);
    await using database = await open(server.endpoint);
    const theirs = join(server.folder, "theirs");
    const write = 'exec "$1" backup "$2" OVN_Northbound >"$3"';
    await mustRun("sh", ["-c", write, "sh", ovnBinary("ovsdb-client"), server.endpoint, theirs]);
    const { tables } = readBackup(await readFile(theirs), theirs);
    const own = await database.read(0, call);
    for (const [table, byUuid] of own.tables) {
      const others = tables.get(table) ?? new Map<string, Readonly<Record<string, unknown>>>();
      assert.deepEqual([...others.keys()].sort(), [...byUuid.keys()].sort(), table);
      for (const [uuid, row] of byUuid) {
        // It also writes values that are at their defaults.
        for (const [name, value] of Object.entries(row)) {
          assert.equal(canonical(others.get(uuid)?.[name]), canonical(value), `${table}.${name}`);
        }
      }
    }
  });
});
