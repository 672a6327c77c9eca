import assert from "node:assert/strict";
import { test } from "node:test";
import { completions } from "#src/commands/completions.ts";

test("the first word is completed from the subcommands", () => {
  assert.deepEqual(completions(["do"]), ["doctor"]);
  assert.ok(completions([]).includes("webhook"));
});

test("flags are completed from the table, by subcommand", () => {
  assert.deepEqual(completions(["networks", "--nb-l"]), ["--nb-leader"]);
  assert.deepEqual(completions(["version", "--nb"]), []);
});

test("a flag with a list of values is followed by one of them, one with free text by nothing", () => {
  assert.deepEqual(completions(["networks", "-o", ""]), ["table", "yaml", "json"]);
  assert.deepEqual(completions(["networks", "--nb", ""]), []);
});

test("behind a word that is no subcommand nothing is offered", () => {
  assert.deepEqual(completions(["nonsense", "--"]), []);
});
