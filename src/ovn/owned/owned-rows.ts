// Turns the rows that should be there into operations, for everything that we own in NB besides the ports of pods. A
// row is known by an external id of ours and never by its name, and a row without our owner is never changed.
import {
  insert,
  mutate,
  type Mutation,
  namedUuid,
  type Operation,
  remove,
  type TableSpec,
  update,
  wait,
  type Where,
} from "ovsdb-client";
import { AppError } from "#src/core/errors.ts";
import { externalId, hasNewerFormat, ownerValue } from "../external-ids.ts";
import { type OwnedRow, type OwnedRows, withTwins } from "./read-owned-rows.ts";

/** A key of a map with the value undefined is not there. Keys that are not named may have any value. */
type Value = string | number | readonly string[] | Readonly<Record<string, string | undefined>>;

/** The column of another row that refers to this one. NB collects rows to which nothing refers. */
interface Parent {
  readonly id: string;
  readonly column: string;
}

export interface DesiredRow {
  /** `scope/name`, unique among all rows of the cluster. */
  readonly id: string;
  readonly table: TableSpec;
  /** A column with the value undefined is empty. */
  readonly columns: Readonly<Record<string, Value | undefined>>;
  /** Keys of ours besides owner, cluster and row. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Maps that others write as well, by their column: only these keys are ours. Undefined stands for a key that is not there. */
  readonly merged?: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
  /** Maps of which all keys are ours, by their column: a key that is not named goes. */
  readonly maps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Columns that refer to other rows by their id. */
  readonly refs?: Readonly<Record<string, string>>;
  readonly parent?: Parent;
}

/** A name that we want and that the row of somebody else has. */
export interface NameConflict {
  readonly table: string;
  readonly name: string;
}

export interface RowPlan {
  /**
   * Empty when there is nothing to do. Each `update` and `mutate` must count one row; otherwise the plan was too old.
   */
  readonly operations: readonly Operation[];
  /** With a conflict nothing can be done. */
  readonly conflict: NameConflict | undefined;
}

/**
 * Makes the rows of `scope` the desired ones: inserts those that are missing, updates changed ones, removes others and all twins. Rows
 * for which `keeps` is true stay as they are. Throws `RowsChanged` while a row that a desired one names is not there, and `RowsNewer`
 * when a newer version has written one of the rows in a format that is not known here: then all of them stay.
 */
export function planRows(
  scope: string,
  desired: readonly DesiredRow[],
  now: OwnedRows,
  cluster: string,
  keeps: (id: string) => boolean = () => false,
): RowPlan {
  refuseNewer(scope, desired, now);
  const conflict = findConflict(desired, now);
  if (conflict !== undefined) return { operations: [], conflict };
  const missing = desired.filter(({ id }) => !now.rows.has(id));
  const inserted = new Map(missing.map(({ id, table }, index) => [id, { table, uuidName: `r${index}` }]));
  const wanted = new Set(desired.map(({ id }) => id));
  const stale = rowsOf(scope, now).flatMap((row) => {
    const stays = wanted.has(row.id) || keeps(row.id);
    return stays ? (row.twins ?? []) : withTwins(row);
  });
  const context = { now, inserted, cluster };
  const removal = { stale, gone: new Set(stale), holders: holdersOf(stale, now) };
  return {
    conflict: undefined,
    operations: [
      ...missing.flatMap((row) => insertRow(row, context)),
      ...desired.flatMap((row) => changeRow(row, context)),
      ...stale.flatMap((row) => removeRow(row, removal, context)),
    ],
  };
}

function rowsOf(scope: string, now: OwnedRows): readonly OwnedRow[] {
  return [...now.rows.values()].filter(({ id }) => id.startsWith(`${scope}/`));
}

function refuseNewer(scope: string, desired: readonly DesiredRow[], now: OwnedRows): void {
  const wanted = desired.flatMap(({ id }) => now.rows.get(id) ?? []);
  const newer = [...wanted, ...rowsOf(scope, now)]
    .flatMap(withTwins)
    .find(({ row }) => hasNewerFormat(row["external_ids"] as ReadonlyMap<string, string>));
  if (newer === undefined) return;
  throw new AppError(
    "RowsNewer",
    `the row ${newer.id} in ${newer.table.name} was written by a newer version, and everything that belongs to it stays as it is`,
  );
}

/**
 * Makes the transaction fail unless the router still has the ports that were read, so that a comparison with them
 * holds.
 */
export function portsWait(now: OwnedRows, routerId: string): readonly Operation[] {
  const router = now.rows.get(routerId);
  if (router === undefined) return [];
  const where: Where<TableSpec> = [["_uuid", "==", router.uuid]];
  const rows = [{ ports: router.row["ports"] }];
  return [wait(router.table, { where, columns: ["ports"], until: "==", rows, timeoutMs: 0 })];
}

interface Context {
  readonly now: OwnedRows;
  readonly inserted: ReadonlyMap<string, { readonly table: TableSpec; readonly uuidName: string }>;
  readonly cluster: string;
}

function findConflict(desired: readonly DesiredRow[], now: OwnedRows): NameConflict | undefined {
  const ownNames = new Map<string, string>();
  for (const { id, table, row } of now.rows.values()) {
    if (typeof row["name"] === "string") ownNames.set(`${table.name}/${row["name"]}`, id);
  }
  for (const { id, table, columns } of desired) {
    const { name } = columns;
    if (typeof name !== "string") continue;
    const key = `${table.name}/${name}`;
    const holder = ownNames.get(key);
    if (now.foreignNames.has(key) || (holder !== undefined && holder !== id)) return { table: table.name, name };
  }
  return undefined;
}

function insertRow(row: DesiredRow, context: Context): readonly Operation[] {
  const { id, table, columns, settings, parent } = row;
  const { name } = columns;
  const isFree =
    typeof name !== "string"
      ? []
      : [wait(table, { where: [["name", "==", name]], columns: ["name"], until: "==", rows: [], timeoutMs: 0 })];
  const refs = Object.entries(row.refs ?? {}).map(([column, target]) => [column, reference(target, context)] as const);
  const external_ids = { ...settings, ...marks(id, context.cluster) };
  const merged = Object.entries(row.merged ?? {}).map(([column, keys]) => [column, present(keys)] as const);
  const values = {
    ...written(columns),
    ...row.maps,
    ...Object.fromEntries(merged),
    ...Object.fromEntries(refs),
    external_ids,
  };
  const joined = parent === undefined ? [] : [join(parent, reference(id, context), context)];
  return [...isFree, insert(table, values, context.inserted.get(id)?.uuidName), ...joined];
}

function written(columns: DesiredRow["columns"]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(columns).map(([column, value]) => [column, writtenValue(value)]));
}

function writtenValue(value: Value | undefined): unknown {
  if (typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

function join({ id, column }: Parent, child: unknown, context: Context): Operation {
  const mutation = [column, "insert", [child]] as Mutation<TableSpec>;
  const known = context.now.rows.get(id);
  if (known !== undefined) return mutate(known.table, ours(known, context.cluster), [mutation]);
  const { table, uuidName } = inserted(id, context);
  return mutate(table, [["_uuid", "==", namedUuid(uuidName)]], [mutation]);
}

function changeRow(row: DesiredRow, context: Context): readonly Operation[] {
  const known = context.now.rows.get(row.id);
  if (known === undefined) return [];
  const where = ours(known, context.cluster);
  const changed: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row.columns)) {
    if (!equals(known.row[column], value)) changed[column] = writtenValue(value);
  }
  for (const [column, target] of Object.entries(row.refs ?? {})) {
    if (known.row[column] !== context.now.rows.get(target)?.uuid) changed[column] = reference(target, context);
  }
  const updates = Object.keys(changed).length === 0 ? [] : [update(row.table, where, changed)];
  const keys = { ...row.settings, ...marks(row.id, context.cluster) };
  return [
    ...updates,
    ...rejoin(row, known, context),
    ...mergeMaps(row, known, where),
    ...mergeKeys(row.table, known.row["external_ids"] as ReadonlyMap<string, string>, keys, where),
  ];
}

/** NB keeps rows of these tables when the row that referred to them goes, and that one may have been made again. */
function rejoin({ table, parent }: DesiredRow, known: OwnedRow, context: Context): readonly Operation[] {
  if (parent === undefined || !rootTables.has(table.name)) return [];
  const children = context.now.rows.get(parent.id)?.row[parent.column] as
    | ReadonlySet<string>
    | readonly string[]
    | undefined;
  return new Set(children).has(known.uuid) ? [] : [join(parent, known.uuid, context)];
}

function mergeMaps(
  { table, merged = {}, maps = {} }: DesiredRow,
  known: OwnedRow,
  where: Where<TableSpec>,
): readonly Operation[] {
  const keysNow = (column: string) => known.row[column] as ReadonlyMap<string, string>;
  const whole = Object.entries(maps).map(([column, keys]) => {
    const gone = [...keysNow(column).keys()].map((key) => [key, undefined] as const);
    return [column, { ...Object.fromEntries(gone), ...keys }] as const;
  });
  return [...Object.entries(merged), ...whole].flatMap(([column, keys]) => {
    const now = keysNow(column);
    const changed = Object.entries(keys).filter(([key, value]) => now.get(key) !== value);
    if (changed.length === 0) return [];
    const mutations: readonly (readonly [string, string, unknown])[] = [
      [column, "delete", changed.map(([key]) => key)],
      [column, "insert", present(Object.fromEntries(changed))],
    ];
    return [mutate(table, where, mutations as readonly Mutation<TableSpec>[])];
  });
}

function present(keys: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

const prefix = externalId("owner").slice(0, -"owner".length);

/**
 * Makes our keys in `external_ids` the wanted ones, and leaves the keys of others alone. Gives no operation when
 * nothing changes.
 */
export function mergeKeys(
  table: TableSpec,
  now: ReadonlyMap<string, string>,
  wanted: Readonly<Record<string, string>>,
  where: Where<TableSpec>,
): readonly Operation[] {
  const gone = [...now.keys()].filter((key) => key.startsWith(prefix) && wanted[key] !== now.get(key));
  const added = Object.entries(wanted).filter(([key, value]) => now.get(key) !== value);
  if (gone.length === 0 && added.length === 0) return [];
  const mutations: readonly (readonly [string, string, unknown])[] = [
    ["external_ids", "delete", gone],
    ["external_ids", "insert", Object.fromEntries(added)],
  ];
  return [mutate(table, where, mutations as readonly Mutation<TableSpec>[])];
}

interface Holder {
  readonly holder: OwnedRow;
  readonly column: string;
  readonly value: unknown;
}

/** The rows that go, and who refers to them, by their UUIDs. */
interface Removal {
  readonly stale: readonly OwnedRow[];
  readonly gone: ReadonlySet<OwnedRow>;
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
}

/** Goes through all rows once, however many are stale. */
function holdersOf(stale: readonly OwnedRow[], now: OwnedRows): Removal["holders"] {
  const found = new Map<string, Holder[]>(stale.map(({ uuid }) => [uuid, []]));
  if (stale.length === 0) return found;
  for (const holder of [...now.rows.values()].flatMap(withTwins)) {
    for (const [column, value] of Object.entries(holder.row)) {
      for (const uuid of referred(value)) found.get(uuid)?.push({ holder, column, value });
    }
  }
  return found;
}

function removeRow(row: OwnedRow, { stale, gone, holders }: Removal, context: Context): readonly Operation[] {
  const { table, uuid } = row;
  // NB checks references before it collects rows. So one that will be collected must let go of one that is deleted.
  const others = (holders.get(uuid) ?? []).filter(
    ({ holder }) => !gone.has(holder) || (rootTables.has(table.name) && !rootTables.has(holder.table.name)),
  );
  const leave = others.map(({ holder, column, value }) => {
    const left = typeof value === "string" ? uuid : [uuid];
    return mutate(holder.table, ours(holder, context.cluster), [[column, "delete", left] as Mutation<TableSpec>]);
  });
  // NB collects rows of the other tables when nothing refers to them.
  if (!rootTables.has(table.name)) return leave;
  return [...leave, ...waitUnused(row, stale), remove(table, ours(row, context.cluster))];
}

const rootTables: ReadonlySet<string> = new Set([
  "Logical_Switch",
  "Logical_Router",
  "HA_Chassis_Group",
  "Address_Set",
  "Port_Group",
  "Load_Balancer",
  "DHCP_Options",
]);

/** A switch is removed only when it has no other ports than ours. A port that comes meanwhile keeps it. */
function waitUnused({ table, uuid, row }: OwnedRow, stale: readonly OwnedRow[]): readonly Operation[] {
  const ports = row["ports"];
  if (table.name !== "Logical_Switch" || !(ports instanceof Set)) return [];
  const own = stale.filter((port) => ports.has(port.uuid)).map((port) => port.uuid);
  const where: Where<TableSpec> = [["_uuid", "==", uuid]];
  return [wait(table, { where, columns: ["ports"], until: "==", rows: [{ ports: own }], timeoutMs: 0 })];
}

function marks(id: string, cluster: string): Readonly<Record<string, string>> {
  return { [externalId("owner")]: ownerValue, [externalId("cluster")]: cluster, [externalId("row")]: id };
}

function ours({ uuid, id }: Pick<OwnedRow, "uuid" | "id">, cluster: string): Where<TableSpec> {
  return [
    ["_uuid", "==", uuid],
    ["external_ids", "includes", marks(id, cluster)],
  ];
}

function reference(id: string, context: Context): unknown {
  return context.now.rows.get(id)?.uuid ?? namedUuid(inserted(id, context).uuidName);
}

function inserted(id: string, context: Context) {
  const row = context.inserted.get(id);
  if (row === undefined) throw new AppError("RowsChanged", `the row ${id}, to which others belong, is not there`);
  return row;
}

/** The values of a column that may be UUIDs of other rows. */
function referred(value: unknown): Iterable<string> {
  if (typeof value === "string") return [value];
  if (value instanceof Set) return value as ReadonlySet<string>;
  return Array.isArray(value) ? new Set<string>(value) : [];
}

/** Sets have no order, and only the wanted entries of a map count. */
function equals(now: unknown, wanted: Value | undefined): boolean {
  if (Array.isArray(wanted)) {
    const values = new Set<unknown>(Array.isArray(now) ? now : []);
    return values.size === wanted.length && wanted.every((one: unknown) => values.has(one));
  }
  if (typeof wanted !== "object") return now === wanted;
  return Object.entries(wanted).every(([key, value]) => (now as ReadonlyMap<string, string>).get(key) === value);
}
