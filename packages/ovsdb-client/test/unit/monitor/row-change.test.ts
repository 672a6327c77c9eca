import assert from "node:assert/strict";
import { test } from "node:test";
import { changeIn, type RowChange } from "../../../src/monitor/row-change.ts";
import { column, table } from "../../../src/values/table.ts";

const port = table("Port", { name: column.string(), members: column.bigSet(column.uuid()) });
const other = table("Other", { name: column.string() });

test("a change is seen with the types of its table, and not with those of another", () => {
  const deltas = { members: { added: ["u"], removed: [] } };
  const change: RowChange = { table: "Port", uuid: "u", before: undefined, after: { name: "p" }, deltas };
  const seen = changeIn(port, change);
  const name: string | undefined = seen?.after?.name;
  assert.equal(name, "p");
  assert.deepEqual(seen?.deltas.members?.added, ["u"]);
  assert.equal(changeIn(other, change), undefined);
});
