import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert, type Operation, remove, type Row, type RowChange } from "ovsdb-client";
import { type GroupSelector, printGroupSelector } from "#src/api/policy/group-selector.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { externalId, type ExternalIdName, ownerValue } from "#src/ovn/external-ids.ts";
import { allocationGroup } from "#src/ovn/nb-tables.ts";
import { groupName, groupsRowName } from "#src/ovn/policy-group.ts";
import { asReceived } from "#test/fakes/ipam/simulated-nb.ts";
import { portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";
import { Committing } from "../committing.ts";

type GroupRow = Row<typeof allocationGroup>;

const cluster = "cluster";
const pod = { namespace: "default", labels: { app: "db" }, namespaceLabels: {}, ports: [] };

function row(selector: GroupSelector, more: Readonly<Record<string, string>> = {}): GroupRow {
  const members = printGroupSelector(selector);
  const marks = { owner: ownerValue, cluster, members, ...more };
  const entries = Object.entries(marks).map(([key, value]) => [externalId(key as ExternalIdName), value] as const);
  return { name: groupName(members, cluster), external_ids: new Map(entries) };
}

function change(uuid: string, before: GroupRow | undefined, after: GroupRow | undefined): RowChange {
  return { table: "Port_Group", uuid, before, after, deltas: {} };
}

describe("the directory of port groups", () => {
  it("finds the groups of a pod on a network, while they are there", () => {
    const directory = new GroupDirectory(cluster);
    const databases = row({ network: "blue", pods: { matchLabels: { app: "db" } } });
    const webs = row({ network: "blue", pods: { matchLabels: { app: "web" } } });
    directory.apply([change("1", undefined, databases), change("2", undefined, webs)]);
    assert.deepEqual(
      directory.groupsOf("blue", pod).map(({ uuid }) => uuid),
      ["1"],
    );
    assert.deepEqual(directory.groupsOf("red", pod), []);
    directory.apply([change("1", databases, undefined)]);
    assert.deepEqual(directory.groupsOf("blue", pod), []);
  });

  it("leaves the groups of others alone, and rows that nobody can read", () => {
    const directory = new GroupDirectory(cluster);
    const selector = { network: "blue", pods: {} };
    directory.fill([
      ["1", row(selector, { owner: "somebody" })],
      ["2", row(selector, { cluster: "other" })],
      ["3", row(selector, { members: "{" })],
      ["4", row(selector)],
    ]);
    assert.deepEqual(
      [...directory.onNetwork("blue")].map(({ uuid }) => uuid),
      ["4"],
    );
  });

  it("waits for the row that names the groups as it saw it last, or for none", () => {
    const directory = new GroupDirectory(cluster);
    const rowsOf = () => (directory.groupsWait() as unknown as { readonly rows: readonly unknown[] }).rows;
    assert.deepEqual(rowsOf(), []);
    const state: GroupRow = { name: groupsRowName(cluster), external_ids: new Map([[externalId("groups"), "1"]]) };
    directory.apply([change("1", undefined, state)]);
    assert.equal(rowsOf().length, 1);
    directory.apply([change("1", state, undefined)]);
    assert.deepEqual(rowsOf(), []);
  });

  it("knows the row that takes the place of another, in whatever order both are told", () => {
    const directory = new GroupDirectory(cluster);
    const state: GroupRow = { name: groupsRowName(cluster), external_ids: new Map([[externalId("groups"), "1"]]) };
    directory.fill([["7", state]]);
    directory.apply([change("8", undefined, state), change("7", state, undefined)]);
    const { where } = directory.groupsWait() as unknown as { readonly where: readonly unknown[] };
    assert.deepEqual(where, [["_uuid", "==", ["uuid", "8"]]]);
  });

  it("names that row by its UUID, so that the server need not look at all groups", () => {
    const directory = new GroupDirectory(cluster);
    const whereOf = () => (directory.groupsWait() as unknown as { readonly where: readonly unknown[] }).where;
    assert.deepEqual(whereOf(), [["name", "==", groupsRowName(cluster)]]);
    const state: GroupRow = { name: groupsRowName(cluster), external_ids: new Map([[externalId("groups"), "1"]]) };
    directory.fill([["7", state]]);
    assert.deepEqual(whereOf(), [["_uuid", "==", ["uuid", "7"]]]);
  });
});

const databases = printGroupSelector({ network: "blue", namespace: "default", pods: { matchLabels: { app: "db" } } });
const everybody = printGroupSelector({ network: "blue", namespace: "default", pods: {} });
const marks = (name: "members" | "groups", value: string): Readonly<Record<string, string>> => ({
  [externalId("owner")]: ownerValue,
  [externalId("cluster")]: cluster,
  [externalId(name)]: value,
});
const group = (members: string): Operation =>
  insert(allocationGroup, { name: groupName(members, cluster), external_ids: marks("members", members) });
const state = (value: string): Operation =>
  insert(allocationGroup, { name: groupsRowName(cluster), external_ids: marks("groups", value) });

function ask(on: Committing, labels: Readonly<Record<string, string>>) {
  const pod = { namespace: "default", labels, namespaceLabels: {}, ports: [] };
  const outcome: { id?: string; error?: unknown } = {};
  on.committer.allocate({ ...requestOf(portRequest("blue")), pod }, {}).then(
    ({ id }) => {
      outcome.id = id;
    },
    (error: unknown) => {
      outcome.error = fromUnknown(error);
    },
  );
  return outcome;
}

/** The names of the groups that a transaction puts ports into. */
function joined(on: Committing, operations: readonly Operation[]): readonly string[] {
  const rows = on.nb.rows(allocationGroup);
  return asReceived(operations).flatMap((operation) => {
    if (operation.op !== "mutate" || operation["table"] !== "Port_Group") return [];
    const [clause] = operation["where"] as readonly (readonly [string, string, readonly [string, string]])[];
    return rows.get(clause?.[2][1] ?? "")?.name ?? [];
  });
}

describe("a port under network policies", () => {
  it("goes into the groups of its pod in the transaction that inserts it", async () => {
    const on = new Committing();
    const session = await on.connect();
    on.nb.commit(group(databases), group(everybody), state("1"));
    const outcome = ask(on, { app: "db" });
    assert.deepEqual(joined(on, await session.run()).toSorted(), [databases, everybody].map(nameOf).toSorted());
    assert.ok(outcome.id);
    ask(on, { app: "web" });
    assert.deepEqual(joined(on, await session.run()), [nameOf(everybody)]);
  });

  it("is planned again when a policy came while it was on its way, and joins the group then", async () => {
    const on = new Committing();
    const session = await on.connect();
    const outcome = ask(on, { app: "db" });
    await session.next();
    on.nb.hold(group(databases), state("1"));
    await session.run();
    assert.deepEqual(on.ports, [], "nothing was written under the old view");
    assert.deepEqual(joined(on, await session.run()), [nameOf(databases)]);
    assert.equal(outcome.id, "a2");
    assert.equal(on.restores, 0, "nobody takes that for a restore of NB");
  });

  it("is planned again when somebody deleted its group, and rolled back before that", async () => {
    const on = new Committing();
    const session = await on.connect();
    on.nb.commit(group(databases), state("1"));
    const outcome = ask(on, { app: "db" });
    await session.next();
    on.nb.hold(remove(allocationGroup, [["name", "==", nameOf(databases)]]));
    await session.run();
    assert.equal(outcome.id, undefined);
    await session.runAll();
    assert.equal(outcome.id, "a2");
    assert.deepEqual(on.ports, ["a2-net1"]);
  });

  it("goes together with others, which are planned again with it and never refused for it", async () => {
    const on = new Committing();
    const session = await on.connect();
    const outcomes = [ask(on, { app: "db" }), ask(on, { app: "web" }), ask(on, {})];
    await session.next();
    on.nb.hold(group(databases), state("1"));
    await session.run();
    assert.equal(session.waiting.length, 1, "one transaction for all of them");
    await session.runAll();
    assert.ok(outcomes.every(({ id }) => id !== undefined));
  });
});

function nameOf(members: string): string {
  return groupName(members, cluster);
}
