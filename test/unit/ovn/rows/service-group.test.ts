import assert from "node:assert/strict";
import { test } from "node:test";
import type { RowSource } from "#src/ovn/row-source.ts";
import { serviceGroupName, serviceGroupOperations } from "#src/ovn/rows/service-group.ts";

interface State {
  readonly group?: readonly string[];
  readonly attached?: readonly string[];
}

/** A switch `s`, a router `r`, and a group `g` when it has a list of load balancers. */
const sourceOf = ({ group, attached = [] }: State): RowSource => {
  const user = (uuid: string) => [uuid, { load_balancer_group: attached.includes(uuid) ? ["g"] : [] }] as const;
  const tables: Readonly<Record<string, ReadonlyMap<string, object>>> = {
    Logical_Switch: new Map([user("s")]),
    Logical_Router: new Map([user("r")]),
    Load_Balancer_Group: new Map(
      group === undefined ? [] : [["g", { name: serviceGroupName("c"), load_balancer: group }]],
    ),
  };
  return { rows: ({ name }: { readonly name: string }) => tables[name] ?? new Map() } as unknown as RowSource;
};
const kinds = (state: State, balancers: readonly string[]) =>
  serviceGroupOperations(sourceOf(state), "c", { balancers, switches: ["s"], routers: ["r"] }).map(
    (operation) => `${operation.op} ${"table" in operation ? String(operation.table) : ""}`,
  );

test("the first load balancer makes the group, and puts it onto switches and router at once", () => {
  assert.deepEqual(kinds({}, ["l1"]), [
    "wait Load_Balancer_Group",
    "insert Load_Balancer_Group",
    "mutate Logical_Switch",
    "mutate Logical_Router",
  ]);
});

test("a further one changes the group alone, and a new network its switch alone", () => {
  assert.deepEqual(kinds({ group: ["l1"], attached: ["s", "r"] }, ["l1", "l2"]), ["mutate Load_Balancer_Group"]);
  assert.deepEqual(kinds({ group: ["l1"], attached: ["r"] }, ["l1"]), ["mutate Logical_Switch"]);
  assert.deepEqual(kinds({ group: ["l1"], attached: ["s", "r"] }, ["l1"]), []);
});

test("the last one takes the group from switches and router, since with it all their traffic passes conntrack", () => {
  assert.deepEqual(kinds({ group: [], attached: ["s", "r"] }, []), [
    "mutate Logical_Switch",
    "mutate Logical_Router",
    "delete Load_Balancer_Group",
  ]);
  assert.deepEqual(kinds({}, []), []);
});
