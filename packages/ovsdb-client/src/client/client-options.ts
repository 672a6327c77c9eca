import type { TlsFiles } from "../connection/open-socket.ts";
import type { MonitorMethod } from "../monitor/monitor.ts";
import { type OvsdbClock, processClock } from "../time/clock.ts";
import type { ReconnectDelayOptions } from "../time/reconnect-delay.ts";
import type { TableSpec } from "../values/table.ts";
import type { OvsdbListener } from "./session.ts";

/** How much the leader of a cluster matters: no other member will do, it is looked for first, or any member will do. */
export type LeaderChoice = "only" | "prefer" | "any";

/** Whether a relay of the database will do. A relay may reply to a transaction before its copy has the change. */
export type RelayChoice = "use" | "refuse";

/** A logger as pino's is: fields first, then a message that is always the same. An error stands under `err`. */
export interface OvsdbLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface OvsdbClientOptions {
  /** `unix:/path`, `tcp:host:port`, `tcp:[v6]:port`, `ssl:host:port`. They are tried in random order. */
  readonly endpoints: readonly string[];
  readonly database: string;
  /** The files of `ssl:` endpoints. */
  readonly tls?: TlsFiles;
  /** The tables to monitor. Other tables can be written, but they are not in the replica. */
  readonly tables: readonly TableSpec[];
  readonly listener?: Partial<OvsdbListener>;
  /** Default: the clock of Node. */
  readonly clock?: OvsdbClock;
  /** Default: nothing is logged. */
  readonly logger?: OvsdbLogger;
  /** A number from 0 to below 1, for the order of endpoints and for jitter; default `Math.random`. */
  readonly random?: () => number;
  /** Default `prefer`. A standalone database counts as led. */
  readonly leader?: LeaderChoice;
  /** With `prefer`: the time for which only the leader will do, then any member; default 2 s. */
  readonly leaderWaitMs?: number;
  /** Default `use`. A program that relies on updates which come before replies must `refuse` them. */
  readonly relays?: RelayChoice;
  /** Members of any other cluster are refused. */
  readonly clusterId?: string;
  /**
   * When every member of a cluster that answers has had older data than was seen before for this long, and the leader
   * is among them, the cluster was restored from a backup, and a session begins with the older data; default 30 s.
   */
  readonly restoredAfterMs?: number;
  /**
   * After this much silence the server is asked for an echo, and after twice as much it is given up; after twelve times
   * as much while it is asked for all rows, because it is silent while it puts them together. Default 5 s, 0 = never.
   */
  readonly probeIntervalMs?: number;
  /** Limit for the connection with its TLS handshake, and for what is asked before the rows; default 5 s. */
  readonly connectTimeoutMs?: number;
  /** The delay between rounds over all endpoints; default 0.1 to 1 s. */
  readonly backoff?: ReconnectDelayOptions;
  /**
   * When all rows have to be read again, that waits for a random part of this, so that not all clients ask at once;
   * default 0.5 s.
   */
  readonly rereadJitterMs?: number;
  /**
   * The longest message that is accepted. Where rows are read one by one as they arrive, which is in the first reading
   * of all rows and in long updates, it is the longest row. Default 64 MiB.
   */
  readonly maxFrameBytes?: number;
  /** When this many bytes wait for the socket, further transactions wait before they are sent; default 4 MiB. */
  readonly maxQueuedBytes?: number;
  /** The ways to monitor, best first: the first that the server knows is used. Default: all. */
  readonly monitorMethods?: readonly MonitorMethod[];
}

const defaults = {
  listener: {},
  clock: processClock,
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  random: Math.random,
  leader: "prefer",
  leaderWaitMs: 2_000,
  relays: "use",
  restoredAfterMs: 30_000,
  probeIntervalMs: 5_000,
  connectTimeoutMs: 5_000,
  backoff: { initialMs: 100, maxMs: 1_000, factor: 2, jitter: 0.5, resetAfterMs: 1_000 },
  rereadJitterMs: 500,
  maxFrameBytes: 64 << 20,
  maxQueuedBytes: 4 << 20,
  monitorMethods: ["monitor_cond_since", "monitor_cond", "monitor"],
} as const satisfies Partial<OvsdbClientOptions>;

/** Options in which all that has a default is there. */
export type ClientSettings = OvsdbClientOptions & Required<Pick<OvsdbClientOptions, keyof typeof defaults>>;

/** The options, and the default of each that is absent or undefined. */
export function withDefaults(options: OvsdbClientOptions): ClientSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as unknown as OvsdbClientOptions) };
}
