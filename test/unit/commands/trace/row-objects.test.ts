// The rows of the golden files are those that objects become. Each must lead back to its object.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import * as z from "zod";
import { objectOfRow, readObjectNames } from "#src/commands/trace/row-objects.ts";
import { resources } from "#src/kube/client/resources.ts";
import { floatingHoldId, floatingRuleId } from "#src/ovn/rows/floating-ip-rows.ts";
import { root } from "#tools/source-files.ts";

const listSchema = z.array(z.object({ id: z.string() }));
/** A file has the rows, or other things beside them. */
const fileSchema = z.union([listSchema, z.object({ rows: listSchema }).transform(({ rows }) => rows)]);

const golden = {
  network: { uid: /^(u1|0b0e.*)$/, kind: "Network" },
  "provider-network": { uid: /^(u\d|0b0e.*)$/, kind: "ProviderNetwork" },
  uplink: { uid: /^u9$/, kind: "Uplink" },
  chain: { uid: /^uid$/, kind: "NetworkChaining" },
} as const;

function idsOf(marks: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const own = { owner: "ovn4nfv", ...marks };
  return new Map(Object.entries(own).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value]));
}

const objectOf = (id: string) => objectOfRow(idsOf({ row: id }));

for (const [folder, { uid, kind }] of Object.entries(golden)) {
  test(`each row of a ${kind} leads back to it`, () => {
    const ids = globSync(`test/golden/${folder}/*.out.yaml`, { cwd: root }).flatMap((path) => {
      const rows = fileSchema.safeParse(parse(readFileSync(`${root}/${path}`, "utf8")));
      return (rows.data ?? []).map(({ id }) => id);
    });
    assert.ok(ids.length > 1, `${ids.length} rows`);
    for (const id of ids) {
      const object = objectOf(id);
      assert.ok(object.kind === "unnamed", `${id}: ${object.kind}`);
      assert.match(object.uid, uid, id);
      assert.ok(
        object.resources.some((resource) => resource.kind === kind),
        id,
      );
    }
  });
}

test("the rows of a FloatingIP lead back to it, and not to a network", () => {
  for (const id of [floatingHoldId("u5"), floatingRuleId("u5")]) {
    assert.deepEqual(objectOf(id), { kind: "unnamed", resources: [resources.floatingIps], uid: "u5" });
  }
});

test("the rule of a pod's floating address, which has no name of a pod, has that of its allocation", async () => {
  const ids = idsOf({ allocation: "a1", interface: "net1", namespace: "shop", uplink: "internet" });
  const known = await readObjectNames(undefined, [ids], new Map([["a1", "Pod shop/web-0"]]), {});
  assert.equal(known(ids), "Pod shop/web-0");
  const unknown = await readObjectNames(undefined, [ids], new Map(), {});
  assert.equal(unknown(ids), "a pod of shop");
});
