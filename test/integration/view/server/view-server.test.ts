import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { openCertificateFiles } from "#certs/certificate-files.ts";
import { selfSigned } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { startSharedServer } from "#src/view/server/view-server.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const made = () => selfSigned(["view.example"], { clock: systemClock, validityMs: 3_600_000, randomBytes });
const fingerprintOf = ({ cert }: { readonly cert: string }): string => new X509Certificate(cert).fingerprint256;

async function servedBy(port: number): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, servername: "view.example", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return fingerprint;
}

test("the page is served with the old certificate while the chain of the new one is half written", async (t) => {
  const owned = new AsyncDisposableStack();
  t.after(() => owned.disposeAsync());
  const folder = owned.use(createTemporaryFolder("view-server")).path;
  const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const [first, second] = [await made(), await made()];
  const write = async (cert: string, key: string): Promise<void> => {
    await writeFile(keyFile, key);
    await writeFile(certFile, cert);
  };
  await write(first.cert, first.key);
  // Only the test reads the files, so that it hears of a read that fails.
  const parts = { clock: { ...systemClock, after: () => () => {} }, logger: silentLogger, metrics: createMetrics() };
  const files = await openCertificateFiles({ certFile, keyFile, name: "view", ...parts });
  owned.defer(() => files.close());
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
  const server = await startSharedServer(() => {}, 0, files, logger);
  owned.defer(() => server.close());
  await write(second.cert + second.ca.slice(0, 200), second.key);
  await files.refresh();
  assert.equal(await servedBy(server.port), fingerprintOf(first));
  assert.ok(errors.length > 0 && errors.every((one) => one === "new serving certificate refused, the old one stays"));
  await write(second.cert + second.ca, second.key);
  await files.refresh();
  assert.equal(await servedBy(server.port), fingerprintOf(second));
});
