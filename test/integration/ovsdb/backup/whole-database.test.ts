// A backup is read from a real server and brought back to one; `ovsdb-client` writes and reads the same files.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Operation } from "ovsdb-client";
import { systemClock } from "#src/core/clock.ts";
import { AppError, hasCode } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { type Backup, printBackup, readBackup } from "#src/ovsdb/backup/backup-file.ts";
import { planRestore, schemaFaults } from "#src/ovsdb/backup/restore-plan.ts";
import { bringBack } from "#src/commands/restore/bring-back.ts";
import { WholeDatabase } from "#src/ovsdb/backup/whole-database.ts";
import { canonical } from "#src/ovsdb/backup/wire-value.ts";
import { startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

const call = { signal: AbortSignal.timeout(60_000) };
const nothing = () => Promise.resolve();
const open = (...endpoints: readonly string[]) =>
  WholeDatabase.open(
    { endpoints, database: "OVN_Northbound", leader: "only", clock: systemClock, logger: silentLogger },
    call,
  );
const nbctl = (endpoint: string, ...args: readonly string[]) =>
  mustRun(ovnBinary("ovn-nbctl"), [`--db=${endpoint}`, "--no-leader-only", ...args]);
const written = (path: string, args: readonly string[]) =>
  mustRun("sh", ["-c", 'path="$1"; shift; exec "$@" > "$path"', "sh", path, ovnBinary("ovsdb-client"), ...args]);

/** Rows of many kinds: references, maps, sets with one element and with several, and defaults. */
const first = [
  ...["--", "ls-add", "blue", "--", "set", "logical_switch", "blue", "other_config:subnet=10.0.0.0/24"],
  ...["--", "lsp-add", "blue", "one", "--", "lsp-set-addresses", "one", "0a:00:00:00:00:01 10.0.0.2", "dynamic"],
  ...["--", "lsp-add", "blue", "two", "--", "lsp-set-port-security", "two", "0a:00:00:00:00:02"],
  ...["--", "acl-add", "blue", "to-lport", "100", "ip4", "drop", "--", "lr-add", "router"],
];
const later = [
  ...["--", "lsp-del", "one", "--", "lsp-add", "blue", "three", "--", "acl-del", "blue", "--", "ls-add", "green"],
  ...[
    "--",
    "clear",
    "logical_switch_port",
    "two",
    "port_security",
    "--",
    "set",
    "logical_switch",
    "blue",
    "other_config:subnet=10.1.0.0/24",
  ],
];

/** All rows, in a form that can be compared. */
const rowsOf = ({ tables }: Backup): readonly string[] =>
  [...tables]
    .flatMap(([table, rows]) =>
      [...rows].map(([uuid, row]) => {
        const values = Object.entries(row).map(([name, value]) => `${name}=${canonical(value)}`);
        return `${table} ${uuid} ${values.sort().join(" ")}`;
      }),
    )
    .sort();

/** The database, where somebody else acts after each look or transaction. */
const acting = (
  database: WholeDatabase,
  act: (operations: readonly Operation[]) => Promise<void>,
): Pick<WholeDatabase, "schema" | "change"> => ({
  schema: database.schema,
  change: async (operations, limits) => {
    const after = await database.change(operations, limits);
    await act(operations);
    return after;
  },
});

describe("a backup of a database", () => {
  it("brings back what has changed, and touches nothing else", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first);
    await using database = await open(server.endpoint);
    const backup = await database.read(0, call);
    await nbctl(server.endpoint, ...later.slice(1));
    const { operations, ...counts } = await bringBack(database, backup, call, nothing);
    assert.deepEqual(rowsOf(await database.read(0, call)), rowsOf(backup));
    // The port and the ACL come back, and the switch that came later and its port go.
    assert.deepEqual(counts, { inserted: 2, updated: 2, deleted: 2 });
    assert.equal(operations.length, 6);
    assert.equal((await bringBack(database, backup, call, nothing)).operations.length, 0);
  });

  it("comes without the fence numbers that it has, so that every process that allocates notices the restore", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first);
    const number = ["set", "nb_global", ".", "external_ids:k8s.plugin.opnfv.org/fence-webhook-1=281474976710657"];
    await nbctl(server.endpoint, ...number, "external_ids:other=1");
    await using database = await open(server.endpoint);
    const backup = await database.read(0, call);
    await nbctl(server.endpoint, ...later.slice(1));
    // The process goes on, and writes its next number between look and transaction.
    const raced = acting(database, async (operations) => {
      if (operations.length === 0) await nbctl(server.endpoint, ...number.slice(0, 3), `${String(number[3])}8`);
    });
    await bringBack(raced, backup, call, nothing);
    assert.equal((await nbctl(server.endpoint, "get", "nb_global", ".", "external_ids")).trim(), '{other="1"}');
  });

  it("takes back what is written before its transaction, and nothing that comes after it", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first);
    await using database = await open(server.endpoint);
    const backup = await database.read(0, call);
    await nbctl(server.endpoint, "ls-add", "green");
    let looks = 0;
    const raced = acting(database, async (operations) => {
      if (operations.length === 0) await nbctl(server.endpoint, "ls-add", `before-${String((looks += 1))}`);
      // A controller makes the switch of a Network again as soon as it is gone.
      else await nbctl(server.endpoint, "--may-exist", "ls-add", "green");
    });
    assert.deepEqual(await bringBack(raced, backup, call, nothing).then(({ deleted }) => deleted), 2);
    assert.match(
      await nbctl(server.endpoint, "ls-list"),
      /^[^(]*\(blue\)\n[^(]*\(green\)\n$|^[^(]*\(green\)\n[^(]*\(blue\)\n$/,
    );
  });

  it("comes back also when a connection breaks, or no answer says whether it is done, and not after a fault that lasts", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first);
    await using database = await open(server.endpoint);
    const backup = await database.read(0, call);
    await nbctl(server.endpoint, "ls-add", "green");
    const faults = [
      new AppError("NotConnected", "the leader has gone"),
      new AppError("OutcomeUnknown", "no answer came"),
    ];
    const unlucky: Pick<WholeDatabase, "schema" | "change"> = {
      schema: database.schema,
      change: async (operations, limits) => {
        const fault = operations.length === 0 ? undefined : faults.shift();
        if (fault !== undefined) throw fault;
        return await database.change(operations, limits);
      },
    };
    assert.equal((await bringBack(unlucky, backup, call, nothing)).deleted, 1);
    assert.deepEqual(rowsOf(await database.read(0, call)), rowsOf(backup));
    await nbctl(server.endpoint, "ls-add", "green");
    const broken = { schema: database.schema, change: database.change.bind(database) };
    let tries = 0;
    broken.change = async (operations, limits) => {
      if (operations.length === 0) return await database.change(operations, limits);
      tries += 1;
      throw new AppError("NotConnected", "the leader has gone");
    };
    await assert.rejects(bringBack(broken, backup, call, nothing), (error) => hasCode(error, "NotConnected"));
    assert.equal(tries, 5);
    const stopped = new AppError("ConfigInvalid", "somebody has started the webhooks");
    await assert.rejects(
      bringBack(broken, backup, call, () => Promise.reject(stopped)),
      stopped,
    );
    assert.equal(tries, 5, "nothing is written after that");
    const mute = { schema: database.schema, change: broken.change };
    mute.change = async (operations, limits) => {
      if (operations.length === 0 && tries > 5) throw new AppError("Aborted", "the caller gave up");
      tries += 1;
      if (operations.length === 0) return await database.change(operations, limits);
      throw new AppError("OutcomeUnknown", "no answer came");
    };
    tries = 4;
    await assert.rejects(bringBack(mute, backup, call, nothing), (error) => {
      return hasCode(error, "OutcomeUnknown") && /may be restored.*the caller gave up/.test(error.message);
    });
  });

  it("leaves what the server listens on as it is, and brings it back into a database that says nothing of it", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first, "--", "set-connection", "ptcp:0:127.0.0.1");
    await using database = await open(server.endpoint);
    const backup = await database.read(0, call);
    const listeners = () => nbctl(server.endpoint, "get-connection");
    await nbctl(server.endpoint, "set-connection", "pssl:0:127.0.0.1", "--", "ls-add", "green");
    assert.equal((await bringBack(database, backup, call, nothing)).deleted, 1);
    assert.match(await listeners(), /^pssl/);
    await nbctl(server.endpoint, "del-connection");
    await bringBack(database, backup, call, nothing);
    assert.match(await listeners(), /^ptcp/);
  });

  it("is a file that ovsdb-client restores, and takes the file that ovsdb-client writes", async () => {
    await using server = await startOvsdbServer();
    await nbctl(server.endpoint, "init", ...first);
    await using database = await open(server.endpoint);
    const backup = await database.read(1_764_000_000_000, call);
    const theirs = join(server.folder, "theirs");
    await written(theirs, ["backup", server.endpoint, "OVN_Northbound"]);
    // It also writes values that are at their defaults.
    const { tables } = readBackup(await readFile(theirs), theirs);
    assert.deepEqual(planRestore(database.schema, backup.tables, tables).operations, []);

    const ours = join(server.folder, "ours");
    await writeFile(ours, printBackup(backup));
    const read = readBackup(await readFile(ours), ours);
    assert.deepEqual(rowsOf(read), rowsOf(backup));
    assert.equal(read.madeAtMs, 1_764_000_000_000);
    await using empty = await startOvsdbServer();
    await mustRun("sh", [
      "-c",
      'exec "$1" restore "$2" OVN_Northbound <"$3"',
      "sh",
      ovnBinary("ovsdb-client"),
      empty.endpoint,
      ours,
    ]);
    const ports = await nbctl(empty.endpoint, "--bare", "--columns=name", "list", "logical_switch_port");
    assert.deepEqual(
      ports
        .split("\n")
        .filter((name) => name !== "")
        .sort(),
      ["one", "two"],
    );
  });

  it("goes back into a cluster of three, by its leader", async () => {
    // A busy machine misses the heartbeats of the usual second, and then another member leads.
    await using cluster = await startOvsdbCluster({ electionTimerMs: 4_000 });
    const endpoints = cluster.endpoints;
    await nbctl(endpoints.join(), "init", ...first);
    await using database = await open(...endpoints);
    const backup = await database.read(0, call);
    await nbctl(endpoints.join(), ...later.slice(1));
    await bringBack(database, backup, call, nothing);
    assert.deepEqual(rowsOf(await database.read(0, call)), rowsOf(backup));
  });

  it("of another database fits no Northbound database", async () => {
    await using southbound = await startOvsdbServer({ database: "OVN_Southbound" });
    await using server = await startOvsdbServer();
    await mustRun(ovnBinary("ovn-sbctl"), [`--db=${southbound.endpoint}`, "--no-leader-only", "init"]);
    await using database = await open(server.endpoint);
    const file = join(server.folder, "sb");
    await written(file, ["backup", southbound.endpoint, "OVN_Southbound"]);
    assert.deepEqual(schemaFaults(database.schema, readBackup(await readFile(file), file)), [
      "it is a backup of OVN_Southbound, and not of OVN_Northbound",
    ]);
  });
});
