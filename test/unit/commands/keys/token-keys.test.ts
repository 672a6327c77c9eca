import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/command.ts";
import { flagTable } from "#src/commands/flags/flags.ts";
import { openTokenKeys, openTokenSigner } from "#src/commands/keys/token-keys.ts";
import { resolveConfig } from "#src/core/config.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";

function contextOf(flags: Record<string, string>): CommandContext<"controller"> {
  const { signal } = new AbortController();
  return {
    config: resolveConfig(flagTable, "controller", { flags, env: {} }),
    operands: [],
    env: {},
    signal,
    clock: systemClock,
    logger: silentLogger,
    nodeVersion: "v24.0.0",
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  };
}

const signer = (flags: Record<string, string>) => openTokenSigner(contextOf(flags), undefined, createMetrics());
const keys = (flags: Record<string, string>) =>
  openTokenKeys(contextOf(flags), undefined, createMetrics(), new AbortController().signal);

test("without any flag there is no key, and the result says so", async () => {
  assert.equal(await signer({}), undefined);
  assert.equal((await keys({})).isEmpty, true);
});

test("flags that contradict each other, or that need one another, are refused by name", async () => {
  const both = { "token-keys-secret": "s", "token-key-file": "f", "token-public-keys": "c" };
  await assert.rejects(signer(both), { code: "ConfigInvalid", message: /exclude each other/ });
  await assert.rejects(signer({ "token-keys-secret": "s" }), { code: "ConfigInvalid", message: /--token-public-keys/ });
});

test("keys in a cluster need a cluster, and files must be readable", async () => {
  await assert.rejects(keys({ "token-public-keys": "c" }), { code: "ConfigInvalid", message: /needs a cluster/ });
  await assert.rejects(keys({ "token-public-key-files": "/nowhere/k" }), {
    code: "ConfigInvalid",
    message: /\/nowhere\/k/,
  });
});
