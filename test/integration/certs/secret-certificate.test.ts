// The Secrets that webhook replicas share, and the caBundle, on a real API server. Each part has the rights of its account.
import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import { issueServing, loadAuthority } from "#certs/authority.ts";
import { BundleInjector } from "#certs/bundle-injector.ts";
import { parseBundle } from "#certs/pem-bundle.ts";
import { SecretCertificate } from "#certs/secret-certificate.ts";
import { printSecret } from "#certs/stored-trust.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { secretData } from "#src/kube/client/object-data.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";

const hourMs = 3_600_000;
const aDayAhead = { ...systemClock, now: () => systemClock.now() + 24 * hourMs };
const tenMinutesAhead = { ...systemClock, now: () => systemClock.now() + hourMs / 6 };
const isValid = (cert: string): boolean => new X509Certificate(cert).validFromDate.getTime() <= Date.now();
const names = { mutating: "zz-ovn4nfv", validating: "ovn4nfv" };
const [authoritySecret, leafSecret] = ["ovn4nfv-webhook-ca", "ovn4nfv-webhook-tls"];
const bundleConfigMap = "ovn4nfv-webhook-ca";

describe("certificates in Secrets", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("certificates");
  const running: SecretCertificate[] = [];
  let plane: ControlPlane;
  /** The clients of an administrator, of the webhook and of the cainjector. */
  let client: HttpsApiClient;
  let webhook: HttpsApiClient;
  let cainjector: HttpsApiClient;
  const injecting = new AbortController();
  let injected: Promise<void>;
  let secrets: ResourceApi;
  let configurations: ResourceApi;

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path });
    const identities = await createIdentities(plane);
    const open = (path: string) =>
      new HttpsApiClient({
        config: loadKubeConfig({ path }),
        clock: systemClock,
        metrics: createMetrics(),
        userAgent: "test/1",
      });
    client = open(plane.adminKubeconfig);
    webhook = open(identities.webhook);
    cainjector = open(identities.cainjector);
    secrets = new ResourceApi(client, resources.secrets);
    configurations = new ResourceApi(client, resources.mutatingWebhookConfigurations);
    await plane.kubectl.apply([podWebhookConfiguration({ url: "https://127.0.0.1:1", ca: "" })]);
    const published = { namespace, name: bundleConfigMap };
    const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
    injected = new BundleInjector({ client: cainjector, configurations: names, published, ...parts }).run(
      injecting.signal,
    );
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((certificate) => certificate.close()));
    await plane.kubectl.must(["delete", "secret", "-n", namespace, "--ignore-not-found", authoritySecret, leafSecret]);
  });
  after(async () => {
    injecting.abort();
    await injected;
    for (const one of [client, webhook, cainjector]) one.close();
    await plane.stop();
    folder.remove();
  });

  async function start(
    settings: {
      authorityMs?: number;
      leafMs?: number;
      settleMs?: number;
      clock?: typeof systemClock;
      client?: ApiClient;
    } = {},
  ) {
    const certificate = new SecretCertificate({
      client: webhook,
      namespace,
      authoritySecret,
      leafSecret,
      bundleConfigMap,
      configurations: names,
      names: ["a.svc", "127.0.0.1"],
      authorityMs: hourMs,
      leafMs: hourMs,
      settleMs: 300,
      clock: systemClock,
      logger: silentLogger,
      metrics: createMetrics(),
      ...settings,
    });
    running.push(certificate);
    await certificate.start({ deadlineMs: systemClock.monotonicMs() + 60_000 });
    return certificate;
  }

  const authority = async () => secretData(await secrets.get({ namespace, name: authoritySecret }));
  const caBundle = async (): Promise<string> => {
    const { webhooks } = (await configurations.get({ name: names.mutating })) as unknown as {
      webhooks: { clientConfig: { caBundle?: string } }[];
    };
    return Buffer.from(webhooks[0]?.clientConfig.caBundle ?? "", "base64").toString();
  };
  const until = async (what: string, isSo: () => Promise<boolean> | boolean): Promise<void> => {
    const limit = AbortSignal.timeout(60_000);
    while (!(await isSo())) {
      if (limit.aborted) assert.fail(`never: ${what}`);
      await systemClock.sleep(50);
    }
  };
  const isTold = () =>
    until("the caBundle is the stored one", async () => (await caBundle()) === (await authority()).get("ca.crt"));

  const stored = async () => secretData(await secrets.get({ namespace, name: leafSecret })).get("tls.crt") ?? "";
  /** Stores a leaf of the authority in use that will be valid only in ten minutes. */
  const storeEarlyLeaf = async (): Promise<void> => {
    const made = await authority();
    const [cert = "", key = ""] = ["tls.crt", "tls.key"].map((name) => made.get(name));
    const options = { clock: tenMinutesAhead, randomBytes, validityMs: hourMs };
    const early = await issueServing(loadAuthority({ cert, key }), ["a.svc", "127.0.0.1"], options);
    await secrets.patch({ namespace, name: leafSecret }, "merge", printSecret(early, cert));
  };

  it("are the same for replicas that start at once on an empty cluster", async () => {
    const [a, b, c] = await Promise.all([start(), start(), start()]);
    assert.equal(a.current().cert, b.current().cert);
    assert.equal(a.current().cert, c.current().cert);
    await isTold();
    assert.equal(parseBundle(await caBundle()).length, 1);
    const leaf = new X509Certificate(a.current().cert);
    assert.ok(leaf.verify(new X509Certificate((await authority()).get("tls.crt") ?? "").publicKey));
    assert.ok(leaf.checkHost("a.svc") !== undefined && leaf.checkIP("127.0.0.1") !== undefined);
  });

  it("are written into the caBundle again when somebody resets it, and nothing else is changed", async () => {
    const certificate = await start();
    await until("trusted", () => certificate.wasTrusted);
    const wanted = await caBundle();
    // A GitOps tool does this, because it knows only the manifest.
    await plane.kubectl.apply([podWebhookConfiguration({ url: "https://127.0.0.1:1", ca: "", timeoutSeconds: 7 })]);
    await until("repaired", async () => (await caBundle()) === wanted);
    const { webhooks } = (await configurations.get({ name: names.mutating })) as unknown as {
      webhooks: { timeoutSeconds: number; rules: unknown[] }[];
    };
    assert.deepEqual([webhooks[0]?.timeoutSeconds, webhooks[0]?.rules.length], [7, 1]);
  });

  it("cannot be told to the API server by the webhook itself, nor can its account change a rule", async () => {
    const own = new ResourceApi(webhook, resources.mutatingWebhookConfigurations);
    const change = { webhooks: [{ name: "allocate.pods.ovn4nfv.opnfv.org", rules: everything }] };
    for (const name of [names.mutating, "another"]) {
      await assert.rejects(own.patch({ name }, "strategic", change), /cannot patch resource/);
    }
    const settings = ["--dry-run=server", "--type=strategic", "-p", JSON.stringify(change)];
    await plane.kubectl.must(["patch", "mutatingwebhookconfiguration", names.mutating, ...settings]);
  });

  it("stay in the caBundle while somebody puts another certificate into the ConfigMap, which is put right", async () => {
    const certificate = await start();
    await until("trusted", () => certificate.wasTrusted);
    await isTold();
    const wanted = await caBundle();
    await certificate.close();
    const configMaps = new ResourceApi(client, resources.configMaps);
    const data = { "ca.crt": certificate.current().cert };
    await configMaps.patch({ namespace, name: bundleConfigMap }, "merge", { data });
    await start();
    await until("published", async () => {
      const { data: now } = (await configMaps.get({ namespace, name: bundleConfigMap })) as { data?: typeof data };
      return now?.["ca.crt"] === wanted;
    });
    assert.equal(await caBundle(), wanted);
  });

  it("roll over to a new authority only when it is in the caBundle, with the old one beside it until it ends", async () => {
    const replicas = await Promise.all([start({ authorityMs: 36_000 }), start({ authorityMs: 36_000 })]);
    const [first] = replicas;
    const before = new X509Certificate(first.current().cert);
    const served: { leaf: X509Certificate; bundle: string; readAt: number }[] = [];
    first.onChange((pair) => {
      void caBundle().then((bundle) => {
        served.push({ leaf: new X509Certificate(pair.cert), bundle, readAt: Date.now() });
      });
    });
    await until("a leaf of another authority", () => served.length > 0);
    const [{ leaf, bundle, readAt }] = served as [(typeof served)[number]];
    assert.notEqual(leaf.issuer, before.issuer);
    const trusted = parseBundle(bundle);
    assert.ok(
      trusted.some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey)),
      "the new one",
    );
    const isOldTrusted = trusted.some((ca) => before.checkIssued(ca) && before.verify(ca.publicKey));
    assert.ok(isOldTrusted || before.validToDate.getTime() <= readAt, "the old one");
    await until("the same leaf everywhere", () => replicas[1].current().cert === first.current().cert);
    await until("the old one left", async () => !parseBundle(await caBundle()).some((ca) => before.checkIssued(ca)));
    assert.ok(before.validToDate.getTime() <= Date.now());
  });

  it("come back after their Secrets were deleted: what was served is trusted until its successor is", async () => {
    const certificate = await start();
    await until("trusted", () => certificate.wasTrusted);
    const before = new X509Certificate(certificate.current().cert);
    let bundle = Promise.resolve("");
    certificate.onChange(() => {
      bundle = caBundle();
    });
    await plane.kubectl.must(["delete", "secret", "-n", namespace, authoritySecret, leafSecret]);
    await until("another leaf", () => new X509Certificate(certificate.current().cert).issuer !== before.issuer);
    const trusted = parseBundle(await bundle);
    assert.ok(trusted.some((ca) => before.checkIssued(ca)) && trusted.length === 2);
  });

  it("are made anew when a replica made them whose clock was a day ahead", async () => {
    const ahead = await start({ clock: aDayAhead });
    assert.ok(new X509Certificate(ahead.current().cert).validFromDate.getTime() > Date.now());
    await ahead.close();
    const certificate = await start();
    await until("a leaf that is valid", () => isValid(certificate.current().cert));
    const made = await authority();
    assert.ok(isValid(made.get("tls.crt") ?? ""));
    await isTold();
    const leaf = new X509Certificate(certificate.current().cert);
    assert.ok(parseBundle(await caBundle()).some((ca) => leaf.verify(ca.publicKey)));
  });

  it("are served only when they are valid, as long as there is one that is", async () => {
    const certificate = await start();
    await until("trusted", () => certificate.wasTrusted);
    const before = certificate.current().cert;
    const served: string[] = [];
    certificate.onChange(({ cert }) => served.push(cert));
    await storeEarlyLeaf();
    await until("a leaf that is valid in the Secret", async () => isValid(await stored()));
    await until("the stored leaf", async () => certificate.current().cert === (await stored()));
    assert.notEqual(certificate.current().cert, before);
    assert.deepEqual(served.map(isValid), [true]);
  });

  it("are corrected by the next write when another writer was first, and no pause follows what was not written", async () => {
    let writes = 0;
    // A replica whose clock is ahead writes between the first correction and the read before it.
    const client: ApiClient = {
      stream: (request) => webhook.stream(request),
      request: async (request) => {
        if (request.method === "PATCH" && request.path.endsWith(`/${leafSecret}`)) {
          writes += 1;
          if (writes === 1) await storeEarlyLeaf();
        }
        return webhook.request(request);
      },
    };
    const certificate = await start({ client });
    await until("trusted", () => certificate.wasTrusted);
    await storeEarlyLeaf();
    await until("a leaf that is valid in the Secret", async () => isValid(await stored()));
    assert.equal(writes, 2);
  });

  it("are made anew when a Secret holds nonsense", async () => {
    const secret = (name: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { namespace, name },
      stringData: { "tls.crt": "none", "tls.key": "none" },
    });
    await plane.kubectl.apply([secret(authoritySecret), secret(leafSecret)]);
    const certificate = await start();
    await isTold();
    const [ca] = parseBundle(await caBundle());
    assert.ok(ca !== undefined && new X509Certificate(certificate.current().cert).verify(ca.publicKey));
  });
});

/** The rules that would send every Secret to the webhook. */
const everything = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }];
