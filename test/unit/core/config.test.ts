import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfigSources, envName, type FlagTable, resolveConfig } from "#src/core/config.ts";
import { AppError } from "#src/core/errors.ts";

const table = {
  leaseMs: { flag: "lease", type: "duration", default: "2m", min: 60_000, group: "g", commands: ["serve"], help: "h" },
  level: {
    flag: "log-level",
    type: "enum",
    values: ["info", "debug"],
    default: "info",
    group: "g",
    commands: ["serve", "show"],
    help: "h",
  },
  nb: { flag: "nb", type: "list", default: "unix:x", group: "g", commands: ["serve"], help: "h" },
  keyFile: { flag: "key-file", type: "string", group: "g", commands: ["serve"], help: "h" },
  open: { flag: "open", type: "int", default: "5", max: 9, group: "g", commands: ["serve"], help: "h" },
} as const satisfies FlagTable;

const nothing: ConfigSources = { flags: {}, env: {} };

function messageOf(sources: Partial<ConfigSources>): string {
  let caught: unknown;
  try {
    resolveConfig(table, "serve", { ...nothing, ...sources });
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof AppError);
  assert.equal(caught.code, "ConfigInvalid");
  return caught.message;
}

test("defaults are parsed like typed values, and a flag without one is undefined", () => {
  assert.deepEqual(resolveConfig(table, "serve", nothing), {
    leaseMs: 120_000,
    level: "info",
    nb: ["unix:x"],
    keyFile: undefined,
    open: 5,
  });
});

test("a flag wins over the environment, the environment over the file, the file over the default", () => {
  const file = { name: "c.yaml", entries: { lease: "3m", open: 1, nb: ["tcp:a:1", "tcp:b:1"] } };
  const env = { OVN4NFV_LEASE: "4m", OVN4NFV_OPEN: "2" };
  const config = resolveConfig(table, "serve", { flags: { lease: "5m" }, env, file });
  assert.equal(config.leaseMs, 300_000);
  assert.equal(config.open, 2);
  assert.deepEqual(config.nb, ["tcp:a:1", "tcp:b:1"]);
  assert.equal(config.level, "info");
});

test("a flag that is only typed is read neither from the environment nor from the file", () => {
  const typed = {
    port: { flag: "port", type: "int", default: "80", typedOnly: true, help: "", group: "", commands: ["x"] },
  } as const;
  const env = { OVN4NFV_PORT: "tcp://10.96.0.1:443" };
  assert.deepEqual(resolveConfig(typed, "x", { flags: {}, env }), { port: 80 });
  assert.deepEqual(resolveConfig(typed, "x", { flags: { port: "81" }, env }), { port: 81 });
  const file = { name: "f", entries: { port: 82 } };
  assert.throws(() => resolveConfig(typed, "x", { flags: {}, env: {}, file }), /no flag has this name/);
});

test("a repeated list flag is one list", () => {
  assert.deepEqual(resolveConfig(table, "serve", { ...nothing, flags: { nb: ["tcp:a:1", "tcp:b:1"] } }).nb, [
    "tcp:a:1",
    "tcp:b:1",
  ]);
});

test("a subcommand sees its own flags only, and ignores those of others in a shared file", () => {
  const file = { name: "c.yaml", entries: { lease: "3m", "log-level": "debug" } };
  assert.deepEqual(resolveConfig(table, "show", { ...nothing, file }), { level: "debug" });
});

test("a wrong value is refused with its source, the value, and what is expected", () => {
  assert.equal(messageOf({ flags: { open: "many" } }), '--open: "many" is not a whole number');
  assert.equal(messageOf({ env: { OVN4NFV_OPEN: "10" } }), 'environment OVN4NFV_OPEN: "10" is not at most 9');
  assert.equal(
    messageOf({ file: { name: "c.yaml", entries: { lease: "5s" } } }),
    'c.yaml: lease: "5s" is not at least 60s',
  );
  assert.match(
    messageOf({ file: { name: "c.yaml", entries: { lease: { m: 2 } } } }),
    /^c\.yaml: lease: {"m":2} is not /,
  );
});

test("a mistyped enum value is answered with the nearest one", () => {
  assert.equal(
    messageOf({ flags: { "log-level": "debg" } }),
    '--log-level: "debg" is not one of info, debug; did you mean "debug"?',
  );
});

test("a name in the file that no flag has is refused", () => {
  assert.equal(
    messageOf({ file: { name: "c.yaml", entries: { "log-levl": "info" } } }),
    'c.yaml: log-levl: no flag has this name; did you mean "log-level"?',
  );
  assert.match(messageOf({ file: { name: "c.yaml", entries: { colour: 1 } } }), /`--help` lists the names$/);
});

test("an environment name near to a known one is refused, others (Kubernetes' own service variables) are not", () => {
  assert.match(messageOf({ env: { OVN4NFV_LAESE: "2m" } }), /did you mean "OVN4NFV_LEASE"\?$/);
  resolveConfig(table, "serve", { ...nothing, env: { OVN4NFV_WEBHOOK_SERVICE_HOST: "10.0.0.1" } });
});

test("names that every object inherits are not taken for entries of the file", () => {
  const odd = { x: { ...table.open, flag: "constructor", default: "1" } } as const satisfies FlagTable;
  assert.deepEqual(resolveConfig(odd, "serve", { ...nothing, file: { name: "c", entries: {} } }), { x: 1 });
});

test("the environment name of a flag is upper case with underscores", () => {
  assert.equal(envName("tls-cert-file"), "OVN4NFV_TLS_CERT_FILE");
});
