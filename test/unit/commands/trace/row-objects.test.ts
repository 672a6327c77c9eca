// The rows of the golden files are those that objects become. Each must lead back to its object.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { objectOfRow } from "#src/commands/trace/row-objects.ts";
import { root } from "#tools/source-files.ts";

const listSchema = z.array(z.object({ id: z.string() }));
/** A file has the rows, or other things beside them. */
const fileSchema = z.union([listSchema, z.object({ rows: listSchema }).transform(({ rows }) => rows)]);

const golden = {
  network: { uid: /^(u1|0b0e.*)$/, kind: "Network" },
  "provider-network": { uid: /^u\d$/, kind: "ProviderNetwork" },
  uplink: { uid: /^u9$/, kind: "Uplink" },
  chain: { uid: /^uid$/, kind: "NetworkChaining" },
} as const;

for (const [folder, { uid, kind }] of Object.entries(golden)) {
  test(`each row of a ${kind} leads back to it`, () => {
    const ids = globSync(`test/golden/${folder}/*.out.yaml`, { cwd: root }).flatMap((path) => {
      const rows = fileSchema.safeParse(parse(readFileSync(`${root}/${path}`, "utf8")));
      return (rows.data ?? []).map(({ id }) => id);
    });
    assert.ok(ids.length > 1, `${ids.length} rows`);
    for (const id of ids) {
      const marks = { owner: "ovn4nfv", row: id };
      const object = objectOfRow(
        new Map(Object.entries(marks).map(([key, value]) => [`k8s.plugin.opnfv.org/${key}`, value])),
      );
      assert.ok(object.kind === "unnamed", `${id}: ${object.kind}`);
      assert.match(object.uid, uid, id);
      assert.ok(
        object.resources.some((resource) => resource.kind === kind),
        id,
      );
    }
  });
}
