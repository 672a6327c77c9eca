import assert from "node:assert/strict";
import { test } from "node:test";
import { typedValues } from "#src/commands/completion/completion-names.ts";
import { completions, nameKindAt } from "#src/commands/completion/completion.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";

test("completion prints a script for each shell, and refuses others with their names", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { status, stdout } = await runCommandLine(["completion", shell]);
    assert.equal(status, 0);
    assert.match(stdout, /ovn4nfv completion words -- /);
  }
  const { status, stderr } = await runCommandLine(["completion", "tcsh"]);
  assert.equal(status, 2);
  assert.match(stderr, /no completion for "tcsh"; there is one for bash, zsh, fish/);
});

test("words and flags behind -- are taken as typed so far", async () => {
  assert.equal((await runCommandLine(["completion", "words", "--", "networks", "--nb-l"])).stdout, "--nb-leader\n");
});

test("kubectl gets the words and a directive", async () => {
  assert.equal((await runCommandLine(["completion", "kubectl", "--", "doc"])).stdout, "doctor\n:4\n");
});

test("the first word is completed from the subcommands", () => {
  assert.deepEqual(completions(["do"]), ["doctor"]);
  assert.ok(completions([]).includes("webhook"));
});

test("flags are completed from the table, by subcommand", () => {
  assert.deepEqual(completions(["networks", "--nb-l"]), ["--nb-leader"]);
  assert.deepEqual(completions(["version", "--nb"]), []);
  assert.deepEqual(completions(["explain", "PoolE"]), ["PoolExhausted"]);
  assert.deepEqual(completions(["explain", "AddressesF"]), ["AddressesFree"]);
});

test("the words of keys, and the subcommands behind help, are offered", () => {
  assert.deepEqual(completions(["keys", ""]), ["list", "rotate", "revoke"]);
  assert.deepEqual(completions(["keys", "--y"]), ["--yes"]);
  assert.deepEqual(completions(["help", "do"]), ["doctor"]);
  assert.deepEqual(completions(["help", "doctor", ""]), []);
});

test("a flag that is true by itself is offered in both forms", () => {
  assert.deepEqual(completions(["admit", "--no-"]), ["--no-dry-run"]);
  assert.ok(completions(["admit", "--dry"]).includes("--dry-run"));
});

test("a flag with a list of values is followed by one of them, one with free text by nothing", () => {
  assert.deepEqual(completions(["networks", "-o", ""]), ["table", "wide", "yaml", "json", "name"]);
  assert.deepEqual(completions(["networks", "--nb", ""]), []);
});

test("after a word that is no subcommand nothing is offered", () => {
  assert.deepEqual(completions(["nonsense", "--"]), []);
});

test("names stand where a subcommand takes them, and behind a flag that takes one", () => {
  assert.equal(nameKindAt(["networks", ""]), "networks");
  assert.equal(nameKindAt(["addresses", "--any", "bl"]), "networks");
  assert.equal(nameKindAt(["pods", "web"]), "pods");
  assert.equal(nameKindAt(["pods", "-n", ""]), "namespaces");
  assert.equal(nameKindAt(["admit", "--namespace", "te"]), "namespaces");
  for (const words of [["networks"], ["networks", "-"], ["networks", "--nb", ""], ["check", ""], ["nonsense", ""]])
    assert.equal(nameKindAt(words), undefined, words.join(" "));
});

test("the shells are completed behind completion", () => {
  assert.deepEqual(completions(["completion", ""]), ["bash", "zsh", "fish"]);
});

test("values of flags are read from the line in each form, and a lone - is no flag", () => {
  assert.deepEqual(typedValues("pods", ["blue", "--nb", "tcp:a", "-n", "team", "-o=json"]), {
    nb: "tcp:a",
    namespace: "team",
    output: "json",
  });
  assert.deepEqual(typedValues("pods", ["-", "tcp:a"]), {});
  assert.deepEqual(typedValues("pods", ["--nb"]), {});
});
