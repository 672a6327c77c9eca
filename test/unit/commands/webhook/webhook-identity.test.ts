import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { describe, it } from "node:test";
import { openIdentity } from "#src/commands/webhook/webhook-identity.ts";
import type { CommandContext } from "#src/commands/command.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";

type Config = CommandContext<"webhook">["config"];

/** Opens the identity that the webhook has with these flags, without a cluster. */
function open(flags: Partial<Config>, owned: AsyncDisposableStack) {
  const context = {
    config: { tlsNames: ["localhost"], ...flags } as Config,
    operands: [],
    logger: silentLogger,
    clock: systemClock,
    nodeVersion: process.version,
    env: {},
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
  };
  return openIdentity(context, undefined, createMetrics(), owned);
}

describe("the identity of the webhook", () => {
  it("is a key and a certificate for this run when none is given, and both are closed with what the process owns", async () => {
    await using owned = new AsyncDisposableStack();
    const { signer, certificate } = await open({}, owned);
    assert.equal(signer.keys.size, 1);
    assert.match(certificate.source.current().cert, /BEGIN CERTIFICATE/);
  });

  it("is refused with the reason of the part that cannot be opened, whichever that is", async () => {
    await using owned = new AsyncDisposableStack();
    await assert.rejects(open({ tlsCertFile: "tls.crt" }, owned), { code: "ConfigInvalid", message: /go together/ });
    await assert.rejects(open({ tokenKeysSecret: "keys" }, owned), {
      code: "ConfigInvalid",
      message: /--token-keys-secret needs --token-public-keys/,
    });
  });
});
