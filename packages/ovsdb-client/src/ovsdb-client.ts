// The entry of the package. It names everything that programs may use; all else may change at any time.
export { OvsdbClient } from "./client/client.ts";
export type { LeaderChoice, OvsdbClientOptions, OvsdbLogger, RelayChoice } from "./client/client-options.ts";
export type { OvsdbListener, OvsdbSession, SyncKind } from "./client/session.ts";
export { type OvsdbEndpoint, parseEndpoint } from "./connection/endpoint.ts";
export type { TlsFiles } from "./connection/open-socket.ts";
export type { MonitorMethod } from "./monitor/monitor.ts";
export { OvsdbError, type OvsdbErrorCode, type OvsdbErrorDetails, type OvsdbErrorOf } from "./errors/ovsdb-error.ts";
export type { TransactionFault } from "./errors/transaction-fault.ts";
export { changeIn, type RowChange, type SetDelta } from "./monitor/row-change.ts";
export type { CallLimits } from "./time/call-limits.ts";
export type { OvsdbClock } from "./time/clock.ts";
export type { ReconnectDelayOptions } from "./time/reconnect-delay.ts";
export {
  abort,
  assertLock,
  comment,
  commit,
  type Condition,
  type ConditionFunction,
  insert,
  mutate,
  type Mutation,
  type Mutator,
  type Operation,
  remove,
  select,
  update,
  wait,
  type WaitCondition,
  type Where,
} from "./transaction/operations.ts";
export { prepareInsert } from "./transaction/prepared-insert.ts";
export { type OperationResult, type SelectedRow, selectedRows } from "./transaction/results.ts";
export { type Atom, type AtomKind, type NamedUuid, namedUuid, type OvsdbInteger, zeroUuid } from "./values/atom.ts";
export {
  type AtomColumn,
  column,
  type ColumnName,
  type ColumnSpec,
  type ConditionValue,
  type MutationValue,
  type Row,
  type RowInput,
  table,
  type TableSpec,
} from "./values/table.ts";
