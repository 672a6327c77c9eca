import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openBundleFile } from "#certs/bundle-file.ts";
import { openCertificateFiles } from "#certs/certificate-files.ts";
import type { CertificateKeyPair } from "#certs/key-pair.ts";
import { selfSigned, writeCertificateFiles } from "#certs/self-signed.ts";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";

const issue = () => selfSigned(["a.svc"], { validityMs: 3_600_000, clock: systemClock, randomBytes });
const [first, second] = await Promise.all([issue(), issue()]);
const withinMs = { timeout: 60_000 };
const minutesMs = 600_000;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cert-files-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Opens the source. Without `pollMs` only notifications can report a change. */
async function open(t: TestContext, folder: string, pollMs = minutesMs, clock: Clock = systemClock) {
  const metrics = createMetrics();
  const files = { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key"), name: "serving" };
  const source = await openCertificateFiles({ ...files, clock, logger: silentLogger, metrics, pollMs });
  t.after(() => source.close());
  const changed: CertificateKeyPair[] = [];
  let tell = (_pair: CertificateKeyPair): void => undefined;
  source.onChange((pair) => {
    changed.push(pair);
    tell(pair);
  });
  const next = () => new Promise<CertificateKeyPair>((resolve) => (tell = resolve));
  return { source, changed, next, metrics };
}

test("files that change are handed over once, by notification", withinMs, async (t) => {
  const folder = await folderOf(t);
  await writeCertificateFiles(folder, first);
  const { source, changed, next, metrics } = await open(t, folder);
  assert.equal(source.current().cert, first.cert);
  const told = next();
  await writeCertificateFiles(folder, second);
  assert.equal((await told).cert, second.cert);
  assert.equal(source.current().key, second.key);
  await source.refresh();
  assert.equal(changed.length, 1);
  assert.match(await metrics.registry.metrics(), /ovn4nfv_certificate_reloads_total\{outcome="used"\} 1/);
});

test("the kubelet's swap of the ..data link is seen", withinMs, async (t) => {
  const folder = await folderOf(t);
  for (const [name, pair] of [
    ["..1", first],
    ["..2", second],
  ] as const) {
    await mkdir(join(folder, name));
    await writeCertificateFiles(join(folder, name), pair);
  }
  await symlink("..1", join(folder, "..data"));
  for (const file of ["tls.crt", "tls.key"]) await symlink(join("..data", file), join(folder, file));
  const { source, next } = await open(t, folder);
  assert.equal(source.current().cert, first.cert);
  const told = next();
  await symlink("..2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  assert.equal((await told).cert, second.cert);
});

test("a change that nobody is notified of is found by polling", withinMs, async (t) => {
  const folder = await folderOf(t);
  const real = await folderOf(t);
  await writeCertificateFiles(real, first);
  // The watched folder has only links. The files that change are elsewhere.
  for (const file of ["tls.crt", "tls.key"]) await symlink(join(real, file), join(folder, file));
  const { next } = await open(t, folder, 20);
  const told = next();
  await writeCertificateFiles(real, second);
  assert.equal((await told).cert, second.cert);
});

test(
  "a pair that does not belong together is not taken, the old one stays, and the right one ends it",
  withinMs,
  async (t) => {
    const folder = await folderOf(t);
    await writeCertificateFiles(folder, first);
    const { source, changed, metrics } = await open(t, folder);
    await writeFile(join(folder, "tls.crt"), second.cert);
    await source.refresh();
    await source.refresh();
    assert.equal(source.current().cert, first.cert);
    assert.deepEqual(changed, []);
    // The file is empty for a moment while it is written, which may be seen, and is refused for another reason.
    assert.match(await metrics.registry.metrics(), /ovn4nfv_certificate_reloads_total\{outcome="refused"\} [12]$/m);
    await writeFile(join(folder, "tls.key"), second.key);
    await source.refresh();
    assert.equal(source.current().cert, second.cert);
    assert.equal(changed.length, 1);
  },
);

test("files that vanish or turn to nonsense change nothing", withinMs, async (t) => {
  const folder = await folderOf(t);
  await writeCertificateFiles(folder, first);
  const { source, changed } = await open(t, folder);
  await writeFile(join(folder, "tls.key"), "nonsense");
  await source.refresh();
  await rm(join(folder, "tls.crt"));
  await source.refresh();
  assert.equal(source.current().key, first.key);
  assert.deepEqual(changed, []);
});

test("files that cannot be used at the start are an error of configuration", async (t) => {
  const folder = await folderOf(t);
  const isConfigInvalid = (error: unknown): boolean => error instanceof AppError && error.code === "ConfigInvalid";
  await assert.rejects(open(t, folder), isConfigInvalid);
  await writeCertificateFiles(folder, { ...first, key: second.key });
  await assert.rejects(open(t, folder), isConfigInvalid);
});

test("when the certificate ends is a metric", async (t) => {
  const folder = await folderOf(t);
  await writeCertificateFiles(folder, first);
  const { metrics } = await open(t, folder);
  const text = await metrics.registry.metrics();
  const seconds = Number(/ovn4nfv_certificate_expiry_seconds\{source="serving"\} (\S+)/.exec(text)?.[1]);
  assert.ok(Math.abs(seconds - (Date.now() + 3_600_000) / 1000) < 60);
});

test("after close nothing is reported any more", withinMs, async (t) => {
  const folder = await folderOf(t);
  await writeCertificateFiles(folder, first);
  const { source, changed } = await open(t, folder);
  await source.close();
  await writeCertificateFiles(folder, second);
  await source.refresh();
  assert.deepEqual(changed, []);
});

test("authorities in a file are read again when it changes, and nonsense is not taken", withinMs, async (t) => {
  const folder = await folderOf(t);
  const file = join(folder, "ca.crt");
  await writeFile(file, first.ca);
  const source = await openBundleFile({
    file,
    name: "clients",
    clock: systemClock,
    logger: silentLogger,
    pollMs: minutesMs,
  });
  t.after(() => source.close());
  const told = new Promise<void>((resolve) =>
    source.onChange(() => {
      resolve();
    }),
  );
  await writeFile(`${file}.new`, first.ca + second.ca);
  await rename(`${file}.new`, file);
  await told;
  assert.equal(source.current(), first.ca + second.ca);
  await writeFile(file, "nonsense");
  await source.refresh();
  assert.equal(source.current(), first.ca + second.ca);
  await assert.rejects(openBundleFile({ file, name: "clients", clock: systemClock, logger: silentLogger }), {
    code: "ConfigInvalid",
    message: /holds no certificate/,
  });
});
