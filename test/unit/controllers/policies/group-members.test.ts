import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GroupedPod, printGroupSelector } from "#src/api/policy/group-selector.ts";
import { memberChanges } from "#src/controllers/policies/group-members.ts";
import { policySteps } from "#src/controllers/policies/policy-steps.ts";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { groupName } from "#src/ovn/policy-group.ts";
import { policyRows } from "#src/ovn/rows/policy-rows.ts";
import { portGroup } from "#src/ovn/owned/topology-tables.ts";
import { fakeRows } from "#test/fakes/ovn/fake-nb.ts";

const cluster = "c";
const databases = printGroupSelector({ network: "blue", namespace: "default", pods: { matchLabels: { app: "db" } } });
const everybody = printGroupSelector({ network: "blue", namespace: "default", pods: {} });
const pod = (app: string): GroupedPod => ({ namespace: "default", labels: { app }, namespaceLabels: {}, ports: [] });
const bound = (uuid: string, app: string) => ({ port: { uuid, podUid: uuid, network: "blue" }, pod: pod(app) });

function group(members: string, ...ports: readonly string[]) {
  const marks = { owner: ownerValue, cluster, members };
  const entries = Object.entries(marks).map(([key, value]) => [externalId(key as "owner"), value] as const);
  return {
    name: groupName(members, cluster),
    ports: new Set(ports),
    acls: new Set<string>(),
    external_ids: new Map(entries),
  };
}

describe("the members of port groups", () => {
  const source = fakeRows({
    Port_Group: {
      d: group(databases, "left", "stays", "reserved"),
      e: group(everybody, "stays", "left", "reserved"),
      f: { ...group(everybody, "left"), external_ids: new Map() },
    },
  });
  const directory = new GroupDirectory(cluster);
  directory.fill(source.rows(portGroup));

  it("change where the labels of pods do, in one operation for each group", () => {
    const operations = memberChanges(
      [bound("left", "web"), bound("stays", "db"), bound("new", "db")],
      directory,
      source,
      cluster,
    );
    assert.deepEqual(
      operations.map((operation) => [operation["where"], operation["mutations"]]),
      [
        [
          [["_uuid", "==", ["uuid", "d"]]],
          [
            ["ports", "delete", ["set", [["uuid", "left"]]]],
            ["ports", "insert", ["set", [["uuid", "new"]]]],
          ],
        ],
        [
          [["_uuid", "==", ["uuid", "e"]]],
          [
            ["ports", "delete", ["set", []]],
            ["ports", "insert", ["set", [["uuid", "new"]]]],
          ],
        ],
      ],
    );
  });

  it("stay as they are where nothing changes", () => {
    assert.deepEqual(memberChanges([bound("stays", "db")], directory, source, cluster), []);
  });
});

describe("the way to the rows of policies", () => {
  const isolated = (members: string) => ({
    uid: "u",
    policy: "default/p",
    network: "blue",
    families: [4] as const,
    group: members,
    isolates: ["ingress"] as const,
    rules: [],
  });
  const rowsOf = (...all: readonly string[]) => policyRows(all.map(isolated), cluster);
  const now = (...all: readonly string[]) => ({
    rows: new Map(
      rowsOf(...all).map(({ id, table, settings = {} }) => {
        return [id, { id, table, uuid: id, row: { external_ids: new Map(Object.entries(settings)) } }] as const;
      }),
    ),
    foreignNames: new Set<string>(),
  });

  it("gives a new group its ports at once, and leaves those of a known one to those who know them", () => {
    const ports = [bound("1", "db"), bound("2", "web")];
    const { first, last } = policySteps(rowsOf(databases, everybody), now(everybody), ports, cluster);
    const members = first.flatMap(({ columns }) => (columns["ports"] === undefined ? [] : [columns["ports"]]));
    assert.deepEqual(members, [["1"]]);
    assert.equal(last, undefined);
  });

  it("takes ACLs away before the groups that they name, and says in between which groups there still are", () => {
    const steps = policySteps(rowsOf(everybody), now(databases, everybody), [], cluster);
    assert.ok(steps.keeps(`policies/${groupName(databases, cluster)}`));
    assert.ok(!steps.keeps(`policies/isolate/${groupName(databases, cluster)}/ingress`));
    const marksOf = (rows: ReturnType<typeof rowsOf>) =>
      rows.flatMap(({ settings }) => settings?.[externalId("groups")] ?? []);
    assert.deepEqual(marksOf(steps.first), marksOf(rowsOf(databases, everybody)));
    assert.deepEqual(marksOf(steps.last ?? []), marksOf(rowsOf(everybody)));
  });

  it("leaves nothing at the end when the last policy goes", () => {
    const { first, last } = policySteps([], now(databases), [], cluster);
    assert.equal(first.length, 1);
    assert.deepEqual(last, []);
  });
});
