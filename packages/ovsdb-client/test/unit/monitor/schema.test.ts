import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSchema } from "../../../src/monitor/schema.ts";
import { column, table } from "../../../src/values/table.ts";

const schema = {
  name: "S",
  tables: {
    T: {
      columns: {
        one: { type: "string" },
        choice: { type: { key: { type: "string", enum: ["set", ["a"]] } } },
        optional: { type: { key: "integer", min: 0, max: 1 } },
        set: { type: { key: { type: "uuid", refTable: "T" }, min: 0, max: "unlimited" } },
        pair: { type: { key: "integer", min: 0, max: 2 } },
        map: { type: { key: "string", value: { type: "integer" }, min: 0, max: "unlimited" } },
      },
    },
  },
};
const string = column.string();
const integer = column.integer();

test("columns of the shape and type of the schema fit", () => {
  const fitting = table("T", {
    one: string,
    choice: string,
    optional: column.optional(integer),
    set: column.bigSet(column.uuid()),
    pair: column.set(integer),
    map: column.map(string, integer),
  });
  checkSchema(schema, [fitting]);
});

const misfits = {
  one: column.optional(string),
  choice: column.integer(),
  optional: column.set(integer),
  set: column.map(string, string),
  pair: column.optional(integer),
  map: column.map(string, string),
  absent: string,
};

for (const [name, spec] of Object.entries(misfits)) {
  test(`a column "${name}" of another shape or type is told by its name`, () => {
    assert.throws(
      () => {
        checkSchema(schema, [table("T", { [name]: spec })]);
      },
      { code: "ProtocolError", message: new RegExp(`T.*${name}`) },
    );
  });
}

test("a table that is not there is told by its name", () => {
  assert.throws(
    () => {
      checkSchema(schema, [table("Other", {})]);
    },
    { message: /no table Other/ },
  );
});
