import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfigFile, readConfigFile } from "#src/core/config-file.ts";

test("YAML and JSON mappings are read, and an empty file is an empty mapping", () => {
  assert.deepEqual(parseConfigFile("c", "lease: 2m\nnb: [a, b]\n"), { lease: "2m", nb: ["a", "b"] });
  assert.deepEqual(parseConfigFile("c", '{"lease":"2m"}'), { lease: "2m" });
  assert.deepEqual(parseConfigFile("c", "# nothing yet\n"), {});
});

test("broken YAML is refused with the file's name and the line", () => {
  assert.throws(() => parseConfigFile("c.yaml", "lease: [1\nx: 2"), {
    code: "ConfigInvalid",
    message: /^c\.yaml is .*line/,
  });
});

test("the same key twice is refused", () => {
  assert.throws(() => parseConfigFile("c.yaml", "lease: 1m\nlease: 2m"), { code: "ConfigInvalid", message: /unique/ });
});

test("anything but a mapping is refused", () => {
  assert.throws(() => parseConfigFile("c.yaml", "- lease"), { code: "ConfigInvalid", message: /mapping/ });
  assert.throws(() => parseConfigFile("c.yaml", "lease"), { code: "ConfigInvalid", message: /mapping/ });
});

test("a file that cannot be read is refused by its name", async () => {
  await assert.rejects(readConfigFile("/nowhere/c.yaml"), { code: "ConfigInvalid", message: /\/nowhere\/c\.yaml/ });
});
