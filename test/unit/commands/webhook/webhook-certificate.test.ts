import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { describe, it } from "node:test";
import { openCertificate } from "#src/commands/webhook/webhook-certificate.ts";
import type { CommandContext } from "#src/commands/command.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";

type Config = CommandContext<"webhook">["config"];

/** Opens the certificate that the webhook serves with these flags, without a cluster. */
function open(flags: Partial<Config>) {
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
  return openCertificate(context, undefined, createMetrics());
}

const refused = (flags: Partial<Config>, message: RegExp) =>
  assert.rejects(open(flags), { code: "ConfigInvalid", message });

describe("the certificate of the webhook", () => {
  it("is made for this run when none is given, and nothing is in the way of it", async () => {
    const { source, notReady } = await open({ tlsNames: ["ovn4nfv-webhook.svc", "127.0.0.1"] });
    const read = new X509Certificate(source.current().cert);
    assert.equal(read.subjectAltName, "DNS:ovn4nfv-webhook.svc, IP Address:127.0.0.1");
    assert.deepEqual(notReady(), []);
    await source.close();
  });

  it("names somebody: without names and files there is nothing to make", async () => {
    await refused({ tlsNames: [] }, /--tls-names is empty/);
  });

  it("comes as two files or as Secrets, not as half of it, nor both", async () => {
    await refused({ tlsCertFile: "tls.crt" }, /go together/);
    await refused({ tlsKeyFile: "tls.key" }, /go together/);
    await refused({ tlsCertFile: "a", tlsKeyFile: "b", tlsSecret: "c" }, /exclude each other/);
  });

  it("is kept in Secrets only where there is a cluster", async () => {
    await refused({ tlsSecret: "ovn4nfv-webhook-tls" }, /--tls-secret needs a cluster/);
  });

  it("that is a file which cannot be read is an error at the start", async () => {
    await assert.rejects(open({ tlsCertFile: "/no/such.crt", tlsKeyFile: "/no/such.key" }), { code: "ConfigInvalid" });
  });
});
