import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { openPageCertificate } from "#src/commands/view/viewers/page-certificate.ts";
import type { CommandConfig } from "#src/commands/flags/flags.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const open = (files: Partial<CommandConfig<"view">>) => {
  const config = { pageHosts: ["view.example", "localhost:8443", "[::1]:8443"], ...files } as CommandConfig<"view">;
  return openPageCertificate({ config, clock: systemClock, logger: silentLogger }, createMetrics());
};

test("without files the page has a certificate for its names, without their ports", async () => {
  using folder = createTemporaryFolder("page-certificate");
  const missing = { tlsCertFile: join(folder.path, "tls.crt"), tlsKeyFile: join(folder.path, "tls.key") };
  for (const files of [{}, missing]) {
    const { cert } = (await open(files)).current();
    const names = new X509Certificate(cert).subjectAltName ?? "";
    assert.match(names, /DNS:view\.example.*DNS:localhost.*IP Address:0:0:0:0:0:0:0:1/);
  }
});

test("one file without the other is refused", async () => {
  await assert.rejects(open({ tlsCertFile: "/nowhere" }), /give both or none/);
  await assert.rejects(open({ tlsCertFile: "/nowhere", tlsKeyFile: "/dev/null" }), /cannot be read/);
});
