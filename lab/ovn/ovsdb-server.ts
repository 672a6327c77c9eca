// A real standalone ovsdb-server in a temporary folder.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "#tools/process/command.ts";
import { type DatabaseName, ovnBinary, schemaFile } from "#tools/programs/ovn-binaries.ts";
import { reservePort } from "#tools/process/port.ts";
import { ManagedProcess, type Readiness } from "#tools/process/process.ts";
import { untilProbe } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

/** The PEM files of a server: its certificate, its key, and the authority of its clients. */
export interface ServerTls {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  readonly caFile: string;
}

export interface OvsdbServerOptions {
  /** OVN_Northbound by default. */
  readonly database?: DatabaseName;
  /** Also listens on 127.0.0.1. */
  readonly tcp?: boolean;
  /** Also listens on 127.0.0.1 with TLS. Clients must show a certificate of the authority. */
  readonly tls?: ServerTls;
}

export interface OvsdbServer extends AsyncDisposable {
  readonly database: DatabaseName;
  readonly folder: string;
  /** The database file, for restores. */
  readonly file: string;
  /** The `unix:` endpoint, which every server has. */
  readonly endpoint: string;
  readonly tcpEndpoint: string | undefined;
  readonly sslEndpoint: string | undefined;
  /** The process, which a test may stop, kill, start again, freeze and thaw. */
  readonly process: ManagedProcess;
  /** Control socket, for `ovs-appctl -t`. */
  readonly controlSocket: string;
}

/** Starts a server with an empty database. Disposing it stops the server and removes its folder. */
export async function startOvsdbServer(options: OvsdbServerOptions = {}): Promise<OvsdbServer> {
  const { database = "OVN_Northbound", tcp = false, tls } = options;
  const temporary = createTemporaryFolder("ovsdb");
  const folder = temporary.path;
  const file = join(folder, "db");
  await mustRun(ovnBinary("ovsdb-tool"), ["create", file, schemaFile(database)]);
  const endpoint = `unix:${join(folder, "sock")}`;
  const tcpPort = tcp ? await reservePort() : undefined;
  const sslPort = tls === undefined ? undefined : await reservePort();
  const args = [
    `--remote=p${endpoint}`,
    ...(tcpPort === undefined ? [] : [`--remote=ptcp:${tcpPort}:127.0.0.1`]),
    ...(sslPort === undefined ? [] : [`--remote=pssl:${sslPort}:127.0.0.1`]),
    ...(tls === undefined
      ? []
      : [`--certificate=${tls.certificateFile}`, `--private-key=${tls.privateKeyFile}`, `--ca-cert=${tls.caFile}`]),
  ];
  const process = await ManagedProcess.start({
    name: `ovsdb-server ${database}`,
    ...ovsdbServerCommand(folder, file, args),
    ready: untilDatabase(endpoint, database, "connected"),
  });
  return {
    database,
    folder,
    file,
    endpoint,
    tcpEndpoint: tcpPort === undefined ? undefined : `tcp:127.0.0.1:${tcpPort}`,
    sslEndpoint: sslPort === undefined ? undefined : `ssl:127.0.0.1:${sslPort}`,
    process,
    controlSocket: join(folder, "ctl"),
    async [Symbol.asyncDispose]() {
      await process.stop();
      temporary.remove();
    },
  };
}

/** The command, arguments, log and environment of a server that keeps all its files in `folder`. */
export function ovsdbServerCommand(folder: string, file: string, args: readonly string[]) {
  return {
    command: ovnBinary("ovsdb-server"),
    args: [
      "--no-chdir",
      `--unixctl=${join(folder, "ctl")}`,
      "-vconsole:info",
      "-vsyslog:off",
      "-vfile:off",
      ...args,
      file,
    ],
    logFile: join(folder, "log"),
    env: { ...process.env, OVS_RUNDIR: folder, OVN_RUNDIR: folder, OVS_DBDIR: folder, OVS_LOGDIR: folder },
  };
}

/** Waits until the server serves the database. `connected` means that a member of a cluster has a quorum. */
export function untilDatabase(endpoint: string, database: string, state: "added" | "connected"): Readiness {
  const client = ovnBinary("ovsdb-client");
  return async (running, signal) => {
    // The program ovsdb-client 3.1 gives up when the socket does not exist yet.
    const path = endpoint.replace(/^unix:/, "");
    await untilProbe(() => Promise.resolve(existsSync(path)), 5)(running, signal);
    await mustRun(client, ["wait", endpoint, database, state], { signal });
  };
}

/**
 * Every row of a database by `ovsdb-client dump`, for comparison: tables with rows, and rows with printed cells by
 * column.
 */
export async function dumpDatabase(
  endpoint: string,
  database: string,
): Promise<ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>> {
  const client = ovnBinary("ovsdb-client");
  const text = await mustRun(client, ["--format=json", "--data=json", "dump", endpoint, database], {
    // In a cluster the leader is read, and for a moment between two leaders there is none.
    passing: "no servers were available",
  });
  const tables = new Map<string, Record<string, unknown>[]>();
  for (const line of text.split("\n").filter((l) => l !== "")) {
    const { caption, headings, data } = JSON.parse(line, exactIntegers) as DumpedTable;
    const rows = data.map((cells) => Object.fromEntries(headings.map((heading, i) => [heading, cells[i]])));
    tables.set(caption.replace(/ table$/, ""), rows);
  }
  return tables;
}

/** A reviver of JSON.parse: an integer that a number cannot hold becomes a bigint. */
function exactIntegers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && /^-?\d{16,}$/.test(source) && !Number.isSafeInteger(value)
    ? BigInt(source)
    : value;
}

interface DumpedTable {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

/** Makes a server drop all its connections, as a broken network would. Clients connect again. */
export async function dropConnections(controlSocket: string): Promise<void> {
  await mustRun(ovnBinary("ovs-appctl"), ["-t", controlSocket, "ovsdb-server/reconnect"]);
}

/** Runs ovn-nbctl against a server, like a foreign writer. */
export function nbctl(endpoint: string, ...args: readonly string[]): Promise<string> {
  return mustRun(ovnBinary("ovn-nbctl"), [`--db=${endpoint}`, "--no-leader-only", ...args]);
}
