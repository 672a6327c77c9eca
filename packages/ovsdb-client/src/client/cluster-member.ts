// The database `_Server` (ovsdb-server(5)): what a server says about a database that it serves, and whether that will do.
import type { LeaderChoice } from "./client-options.ts";
import { column, type Row, table } from "../values/table.ts";

export const databaseTable = table("Database", {
  name: column.string(),
  /** `standalone`, `clustered` or `relay`. */
  model: column.string(),
  /** Clustered: has a quorum. */
  connected: column.boolean(),
  leader: column.boolean(),
  /** Ids of the cluster and of this member of it. */
  cid: column.optional(column.uuid()),
  sid: column.optional(column.uuid()),
  /** Clustered: number of the last log entry that this member has applied. */
  index: column.optional(column.integer()),
});

export type DatabaseStatus = Row<typeof databaseTable>;

export interface MemberDemands {
  readonly database: string;
  readonly leader: LeaderChoice;
  readonly clusterId: string | undefined;
  /** The newest entry that was seen of a cluster; a member that has less would lead back in time. */
  readonly newest: { readonly clusterId: string; readonly index: bigint } | undefined;
}

/** Why a server will not do for a client with these demands; undefined when it will. Pure. */
export function objection(status: DatabaseStatus | undefined, demands: MemberDemands): string | undefined {
  const { database, leader, clusterId, newest } = demands;
  if (status === undefined) return `does not serve the database ${database}`;
  if (clusterId !== undefined && status.cid !== clusterId) {
    return `is of the cluster ${status.cid ?? "(none)"}, not ${clusterId}`;
  }
  if (status.model === "standalone") return undefined;
  if (!status.connected) return "has lost touch with its cluster";
  if (newest !== undefined && status.cid === newest.clusterId && BigInt(status.index ?? 0) < newest.index) {
    return "has older data than was seen before";
  }
  if (status.model === "clustered" && leader !== "any" && !status.leader) return "is not the leader";
  return undefined;
}

/** The status of one database among those of the `_Server` replica. */
export function findStatus(rows: ReadonlyMap<string, DatabaseStatus>, database: string): DatabaseStatus | undefined {
  return rows.values().find(({ name }) => name === database);
}
