// The database `_Server` (ovsdb-server(5)), in which a server describes the databases that it serves, and the decision
// whether a client may use such a server.
import type { LeaderChoice, RelayChoice } from "./client-options.ts";
import { column, type Row, table } from "../values/table.ts";

export const databaseTable = table("Database", {
  name: column.string(),
  /** `standalone`, `clustered` or `relay`. */
  model: column.string(),
  /** True when this member of a cluster has a quorum. */
  connected: column.boolean(),
  leader: column.boolean(),
  /** The ids of the cluster and of this member. */
  cid: column.optional(column.uuid()),
  sid: column.optional(column.uuid()),
  /** The number of the last entry of the cluster's log that this member has applied. */
  index: column.optional(column.integer()),
});

export type DatabaseStatus = Row<typeof databaseTable>;

/** The newest entry of a cluster's log that a client has seen. */
export interface NewestEntry {
  readonly clusterId: string;
  readonly index: bigint;
}

/** The conditions under which a client uses a server. */
export interface MemberDemands {
  readonly database: string;
  readonly leader: LeaderChoice;
  readonly relays: RelayChoice;
  readonly clusterId: string | undefined;
  /** A member that has less would show older data. */
  readonly newest: NewestEntry | undefined;
}

/** The reason that a client with these demands does not use a server, as a clause. Undefined: it may use it. */
export function whyUnsuitable(status: DatabaseStatus | undefined, demands: MemberDemands): string | undefined {
  const { database, leader, relays, clusterId, newest } = demands;
  if (status === undefined) return `does not serve the database ${database}`;
  if (status.model === "relay" && relays === "refuse") {
    return "is a relay, which may reply before its copy has the change: name the servers behind it in its place";
  }
  if (clusterId !== undefined && status.cid !== clusterId) {
    return `is of the cluster ${status.cid ?? "(none)"}, not ${clusterId}`;
  }
  if (status.model === "standalone") return undefined;
  if (!status.connected) return "has lost touch with its cluster";
  if (newest !== undefined && hasOlderData(status, newest)) return "has older data than was seen before";
  if (status.model === "clustered" && leader !== "any" && !status.leader) return "is not the leader";
  return undefined;
}

/** True for a member of the same cluster that has not got the newest entry, or not any more. */
export function hasOlderData({ cid, index }: DatabaseStatus, newest: NewestEntry): boolean {
  return cid === newest.clusterId && BigInt(index ?? 0) < newest.index;
}

/** The status of one database among the rows of the `_Server` database. */
export function findStatus(rows: ReadonlyMap<string, DatabaseStatus>, database: string): DatabaseStatus | undefined {
  return rows.values().find(({ name }) => name === database);
}
