import assert from "node:assert/strict";
import { test } from "node:test";
import { flagTable } from "#src/commands/flags/flags.ts";
import { envName, type FlagDefinition, resolveConfig } from "#src/core/config.ts";

const flags: readonly FlagDefinition[] = Object.values(flagTable);

test("no two flags of a subcommand share a name or a letter", () => {
  for (const command of new Set(flags.flatMap(({ commands }) => commands))) {
    const letters = flags.filter((row) => row.commands.includes(command)).flatMap(({ short }) => short ?? []);
    assert.equal(new Set(letters).size, letters.length, command);
    const names = flags.filter((row) => row.commands.includes(command)).map(({ flag }) => flag);
    assert.equal(new Set(names).size, names.length, command);
  }
});

test("no flag has the environment name that Kubernetes gives to a Service called ovn4nfv-something", () => {
  const read = flags.filter(({ typedOnly }) => typedOnly !== true);
  for (const { flag } of read) assert.doesNotMatch(envName(flag), /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT(_|$)/);
});

test("every default is accepted by its own kind and bounds", () => {
  for (const command of ["webhook", "admit", "networks", "addresses", "version"] as const) {
    resolveConfig(flagTable, command, { flags: {}, env: {} });
  }
});

test("help texts are sentences, and property names carry the unit", () => {
  for (const [key, { type, help, flag }] of Object.entries(flagTable)) {
    assert.match(help, /^[A-Z].*\.$/, flag);
    if (type === "duration") assert.match(key, /Ms$/);
    if (type === "size") assert.match(key, /Bytes$/);
  }
});

test("flags that are alike stand together, so that --help has each heading once", () => {
  const groups = flags.map(({ group }) => group).filter((group, index, all) => group !== all[index - 1]);
  assert.equal(new Set(groups).size, groups.length);
});
