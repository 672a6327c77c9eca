import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { aclPriorities, routerPolicyPriorities } from "#src/ovn/rows/flow-priorities.ts";
import { root } from "#tools/source-files.ts";

const tables: Readonly<Record<string, Readonly<Record<string, { readonly priority: number }>>>> = {
  routerPolicyPriorities,
  aclPriorities,
};

describe("the table of priorities", () => {
  for (const [name, entries] of Object.entries(tables)) {
    it(`has each number once in ${name}, as OVN allows it`, () => {
      const numbers = Object.values(entries).map(({ priority }) => priority);
      assert.equal(new Set(numbers).size, numbers.length);
      for (const number of numbers)
        assert.ok(Number.isInteger(number) && number > 0 && number <= 32_767, String(number));
    });

    it(`lists ${name} in the order in which OVN looks at them`, () => {
      const numbers = Object.values(entries).map(({ priority }) => priority);
      assert.deepEqual(
        numbers.toSorted((a, b) => b - a),
        numbers,
      );
    });
  }

  it("lets chains come before networks that are closed to others, and what these let in before their drop", () => {
    const order = Object.keys(routerPolicyPriorities);
    assert.ok(order.indexOf("chain-closed") < order.indexOf("reach-open"));
    assert.ok(order.indexOf("provider-closed") < order.indexOf("reach-open"));
    assert.ok(order.indexOf("reach-open") < order.indexOf("reach-closed"));
  });

  it("lets hops of a chain come before the drop that closes it, and both before that of a ProviderNetwork", () => {
    const order = Object.keys(routerPolicyPriorities);
    assert.ok(order.indexOf("chain-closed") < order.indexOf("provider-closed"));
    assert.ok(order.indexOf("chain-hop") < order.indexOf("chain-closed"));
  });

  it("is where every source that writes such rows takes its numbers from", () => {
    const folder = `${root}/src/ovn`;
    const writers = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !/(^|\/)(flow-priorities|topology-tables)\.ts$/.test(file))
      .map((file) => ({ file, text: readFileSync(`${folder}/${file}`, "utf8") }))
      .filter(({ text }) => /table: (routerPolicy|acl)\b/.test(text));
    assert.deepEqual(writers.map(({ file }) => file).sort(), [
      "rows/chain-rows.ts",
      "rows/policy-rows.ts",
      "rows/provider-router-rows.ts",
      "rows/reach-rows.ts",
    ]);
    for (const { file, text } of writers) assert.doesNotMatch(text, /priority: \d/, file);
  });
});
