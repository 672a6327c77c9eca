import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createAuthority, issueClient, signLeaf } from "#certs/authority.ts";
import { keepChassisCertificate } from "#certs/chassis-certificate.ts";
import { readChassisRequest } from "#certs/chassis-request.ts";
import { type CertificateKeyPair, parseKeyPair } from "#certs/key-pair.ts";
import { writeCertificateFiles } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { until } from "#test/assertions/until.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const clock = new ManualClock();
const issue = { clock, randomBytes, validityMs: 3_600_000 };
const authority = await createAuthority("southbound", issue);

interface Made {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly request: string };
}

/** A node that asks, and that has this certificate from before. Nobody signs but the test. */
async function asking(t: TestContext, before?: CertificateKeyPair) {
  const folder = createTemporaryFolder("chassis");
  t.after(() => {
    folder.remove();
  });
  if (before !== undefined) await writeCertificateFiles(folder.path, { ...before, ca: authority.cert });
  const client = new FakeWatchServer();
  const made: Made[] = [];
  const meta = (name: string) => ({ name, namespace: "system", uid: name, resourceVersion: "1" });
  client.list = ({ method, body }) => {
    if (method === "GET") return { metadata: meta("ca"), data: { "ca.crt": authority.cert } };
    const request = { ...(body as Made), metadata: meta(`request-${made.length + 1}`) };
    made.push(request);
    return request;
  };
  const options = {
    client,
    nodeName: "n1",
    folder: folder.path,
    bundle: { namespace: "system", name: "ca" },
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
  };
  let goods = 0;
  const onGood = (): void => {
    goods += 1;
  };
  await runDuring(t, (signal) => keepChassisCertificate(options, onGood, signal));
  const watchesOf = (name: string) =>
    client.watches.filter(({ request }) => request.query?.["fieldSelector"] === `metadata.name=${name}`);
  /** Waits for the watch of a request that follows `before` others, and tells the state of the request there. */
  const tell = async (name: string, before: number, status: object): Promise<void> => {
    await until(() => watchesOf(name).length > before);
    const [watch, request] = [watchesOf(name).at(-1), made.find(({ metadata }) => metadata.name === name)];
    watch?.send("ADDED", { ...request, status });
    watch?.bookmark("2", true);
  };
  return { folder: folder.path, made, tell, watchesOf, goods: () => goods };
}

test("a node asks once, however long nobody answers, and takes the late answer with the key of its request", async (t) => {
  const { folder, made, tell, watchesOf, goods } = await asking(t);
  await tell("request-1", 0, {});
  for (let passes = 1; passes <= 3; passes += 1) {
    await clock.advance(60_000);
    await until(async () => {
      await clock.advance(1_000);
      return made.length > 1 || watchesOf("request-1").length > passes;
    });
    assert.equal(made.length, 1);
  }
  const { publicKey } = readChassisRequest(Buffer.from(made[0]?.spec.request ?? "", "base64").toString());
  const signed = signLeaf("client", authority, ["n1"], publicKey, issue);
  await tell("request-1", 3, { certificate: Buffer.from(signed).toString("base64") });
  await until(() => goods() > 0);
  const [cert = "", key = ""] = ["tls.crt", "tls.key"].map((name) => readFileSync(join(folder, name), "utf8"));
  assert.equal(parseKeyPair({ cert, key }).cert, cert);
});

test("a node asks again when its request was denied", async (t) => {
  const { folder, made, tell } = await asking(t);
  await tell("request-1", 0, { conditions: [{ type: "Denied", message: "no" }] });
  await until(async () => {
    await clock.advance(1_000);
    return made.length === 2;
  });
  assert.notEqual(made[0]?.spec.request, made[1]?.spec.request);
  assert.equal(existsSync(join(folder, "tls.crt")), false);
});

test("a node keeps the certificate that it has, and asks for another one while it is not valid yet", async (t) => {
  const keeps = await asking(t, await issueClient(authority, "n1", issue));
  await until(() => keeps.goods() > 0);
  assert.deepEqual(keeps.made, []);
  // The clock of the signer was half an hour ahead.
  const ahead = { ...issue, clock: { ...systemClock, now: () => clock.now() + 1_800_000 } };
  const asks = await asking(t, await issueClient(authority, "n1", ahead));
  await until(() => asks.made.length > 0);
  assert.equal(asks.goods(), 0);
});
