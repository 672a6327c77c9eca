// Golden pairs: the input is `<case>.in.yaml`, and the expected output is `<case>.out.yaml`. People can read both.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";

const update = process.env["UPDATE_GOLDEN"] === "1";

/**
 * Defines one test for each pair in `folder`: `produce` of the first file must equal the second file, as text. Fails for a
 * missing second file, for files that belong to no pair, and for fewer than `atLeast` pairs. `UPDATE_GOLDEN=1` writes the
 * second files again.
 */
export function goldenPairs(folder: string, atLeast: number, produce: (input: unknown) => unknown): void {
  const files = readdirSync(folder).sort();
  const cases = files.filter((file) => file.endsWith(".in.yaml")).map((file) => file.slice(0, -".in.yaml".length));

  describe(`golden pairs of ${folder.split("/").slice(-2).join("/")}`, () => {
    for (const name of cases) {
      it(name.replaceAll("-", " "), () => {
        const out = join(folder, `${name}.out.yaml`);
        const input: unknown = parse(readFileSync(join(folder, `${name}.in.yaml`), "utf8"));
        const actual = stringify(produce(input), { lineWidth: 120 });
        if (update) writeFileSync(out, actual);
        assert.ok(existsSync(out), `${name}.out.yaml is missing; write it, or run with UPDATE_GOLDEN=1 and read it`);
        assert.equal(actual, readFileSync(out, "utf8"));
      });
    }

    it("has no file beside its pairs, and not too few pairs", () => {
      const known = new Set(cases.flatMap((name) => [`${name}.in.yaml`, `${name}.out.yaml`]));
      assert.deepEqual(
        files.filter((file) => !known.has(file)),
        [],
      );
      assert.ok(cases.length >= atLeast, `${cases.length} pairs`);
    });
  });
}
