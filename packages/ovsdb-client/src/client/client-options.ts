import type { BackoffOptions } from "../../../../src/core/backoff.ts";
import type { Clock } from "../../../../src/core/clock.ts";
import type { Logger } from "../../../../src/core/logger.ts";
import type { TlsFiles } from "../connection/open-socket.ts";
import type { MonitorMethod } from "../monitor/monitor.ts";
import type { OvsdbListener } from "./session.ts";
import type { TableSpec } from "../values/table.ts";

/** How much a client cares for the leader of a cluster: nothing else will do, look for it first, or any member. */
export type LeaderChoice = "only" | "prefer" | "any";

export interface OvsdbClientOptions {
  /** `unix:/path`, `tcp:host:port`, `tcp:[v6]:port`, `ssl:host:port`; tried in random order. */
  readonly endpoints: readonly string[];
  readonly database: string;
  readonly tls?: TlsFiles;
  readonly tables: readonly TableSpec[];
  readonly listener: OvsdbListener;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
  /** Default `prefer`. A standalone database counts as led. */
  readonly leader?: LeaderChoice;
  /** With `prefer`: how long to look for the leader before a follower will do; default 2 s. */
  readonly leaderWaitMs?: number;
  /** Refuse members of any other cluster. */
  readonly clusterId?: string;
  /** Silence after which the server is asked for an echo; twice this, and it is dead. Default 5 s, 0 = off. */
  readonly probeIntervalMs?: number;
  /** Limit for connecting, handshake included; default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Delay between rounds over all endpoints; default 0.1 to 1 s. */
  readonly backoff?: BackoffOptions;
  /** A full re-read is put off by up to this, so that not all replicas ask at once; default 0.5 s. */
  readonly rereadJitterMs?: number;
  /** Longest message (in a dump: row) that is accepted; default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** Bytes that may wait for the socket before further transactions are held back; default 4 MiB. */
  readonly maxQueuedBytes?: number;
  /** Default: all, best first; the first that the server knows is used. */
  readonly monitorMethods?: readonly MonitorMethod[];
}
