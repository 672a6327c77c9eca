import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { networkFields, selectorSchemaFor } from "#src/api/network/network-fields.ts";

test("a selector says in its descriptions what it selects", () => {
  assert.match(JSON.stringify(z.toJSONSchema(selectorSchemaFor("node"))), /Labels that the node must have/);
});

test("the fields of both kinds may all be left out", () => {
  assert.deepEqual(z.object(networkFields).parse({}), { cniType: "ovn4nfv" });
});
