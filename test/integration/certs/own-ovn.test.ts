// The certificates of our own OVN on a real API server: each part has the rights of its account, and nodes ask for their own.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { keepChassisCertificate } from "#certs/chassis-certificate.ts";
import { ChassisSigner } from "#certs/chassis-signer.ts";
import { KeptTrust } from "#certs/kept-trust.ts";
import { parseBundle } from "#certs/pem-bundle.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { secretData } from "#src/kube/client/object-data.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { printKubeconfig } from "#lab/kubernetes/kubeconfig.ts";
import { until } from "#test/assertions/until.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { nodeAccountOf } from "#src/commands/own-ovn/own-ovn-names.ts";

const manifests = [
  "deploy/base/namespace.yaml",
  "deploy/ovn/rbac/certificates.yaml",
  "deploy/ovn/rbac/host.yaml",
  "deploy/components/ovn-three-members/rbac.yaml",
];
const [authority, server] = ["ovn4nfv-ovn-southbound-ca", "ovn4nfv-ovn-southbound"];
const hourMs = 3_600_000;

describe("the certificates of our own OVN", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("own-ovn");
  const stop = new AbortController();
  const stopKeeping = new AbortController();
  const parts = { clock: systemClock, logger: silentLogger };
  let plane: ControlPlane;
  let secrets: ResourceApi;
  let requests: ResourceApi;
  let keeper: HttpsApiClient;
  let running: Promise<unknown>;
  let keeping: Promise<void>;

  const open = (path: string) =>
    new HttpsApiClient({
      config: loadKubeConfig({ path }),
      clock: systemClock,
      metrics: createMetrics(),
      userAgent: "test/1",
    });
  const keep = (settleMs: number, signal: AbortSignal, leafMs = 90 * 24 * hourMs): Promise<void> =>
    new KeptTrust({
      ...parts,
      client: keeper,
      namespace,
      authority,
      leaves: [{ secret: server, kind: "peer", names: ["ovn-central-0.ovn-central.ovn4nfv-system.svc"] }],
      authorityMs: 365 * 24 * hourMs,
      leafMs,
      settleMs,
      afterPass: () => Promise.resolve(),
      metrics: createMetrics(),
    }).run(signal);

  /** A client with the token of a pod on that node. */
  async function nodeClient(node: string): Promise<HttpsApiClient> {
    const name = `host-${node}`;
    const spec = { serviceAccountName: "ovn4nfv-ovn-host", nodeName: node, containers: [{ name: "c", image: "i" }] };
    await plane.kubectl.apply([
      { apiVersion: "v1", kind: "Node", metadata: { name: node } },
      { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec },
    ]);
    const token = await plane.kubectl.must([
      ...["create", "token", "ovn4nfv-ovn-host", `--namespace=${namespace}`],
      ...["--bound-object-kind=Pod", `--bound-object-name=${name}`],
    ]);
    const path = join(folder.path, `${node}.kubeconfig`);
    writeFileSync(path, printKubeconfig(plane.server, plane.authority.certificate, { token: token.trim() }));
    return open(path);
  }

  /** Asks as a node for a name, until `signal` aborts. Resolves with the folder when the files are there. */
  async function chassis(client: HttpsApiClient, nodeName: string, signal: AbortSignal): Promise<string> {
    const path = mkdtempSync(join(folder.path, "chassis-"));
    const there = new AbortController();
    const bundle = { namespace, name: authority };
    const options = { ...parts, client, nodeName, folder: path, bundle, metrics: createMetrics() };
    const onGood = (): void => {
      there.abort();
    };
    await keepChassisCertificate(options, onGood, AbortSignal.any([signal, there.signal]));
    return path;
  }

  const read = async (name: string) => {
    const data = secretData(await secrets.get({ namespace, name }));
    return { cert: new X509Certificate(data.get("tls.crt") ?? ""), ca: parseBundle(data.get("ca.crt") ?? "") };
  };
  /** Tries until it does not throw. */
  async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
    let found: { readonly value: T } | undefined;
    await until(async () => {
      found = await attempt().then(
        (value) => ({ value }),
        () => undefined,
      );
      return found !== undefined;
    });
    assert.ok(found);
    return found.value;
  }

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path });
    await plane.kubectl.apply(manifests.flatMap(readManifests));
    const admin = open(plane.adminKubeconfig);
    secrets = new ResourceApi(admin, resources.secrets);
    requests = new ResourceApi(admin, resources.certificateSigningRequests);
    keeper = open(await plane.createServiceAccountUser(namespace, "ovn4nfv-ovn-certificates"));
    const signer = new ChassisSigner({
      ...parts,
      client: keeper,
      authority: { namespace, name: authority },
      server: { namespace, name: server },
      account: nodeAccountOf(namespace),
      validityMs: hourMs,
      metrics: createMetrics(),
    });
    keeping = keep(0, AbortSignal.any([stop.signal, stopKeeping.signal]));
    running = signer.run(stop.signal);
  });
  after(async () => {
    stop.abort();
    await Promise.all([running, keeping]);
    keeper.close();
    await plane.stop();
    folder.remove();
  });

  it("has a certificate for server and client, and the whole bundle beside it", async () => {
    const { cert, ca } = await eventually(() => read(server));
    assert.deepEqual(cert.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    assert.ok(ca[0] !== undefined && cert.verify(ca[0].publicKey));
  });

  it("gives a node a certificate with its name, whose key stays in its folder", async () => {
    const client = await nodeClient("n1");
    const path = await chassis(client, "n1", AbortSignal.timeout(60_000));
    const certificate = new X509Certificate(readFileSync(join(path, "tls.crt")));
    assert.equal(certificate.subject, "CN=n1");
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    const [issuer] = parseBundle(readFileSync(join(path, "ca.crt"), "utf8"));
    assert.ok(issuer !== undefined && certificate.verify(issuer.publicKey));
    client.close();
  });

  it("gives a node no certificate with the name of another one", async () => {
    const client = await nodeClient("n2");
    const stopAsking = new AbortController();
    const asking = chassis(client, "n1", stopAsking.signal);
    const denied = await eventually(async () => {
      const { items } = await requests.list({});
      const found = items.find((one) => JSON.stringify(one["status"]).includes('"Denied"'));
      assert.ok(found);
      return found;
    });
    assert.match(JSON.stringify(denied["status"]), /the pod is on n2, and the request is for n1/);
    stopAsking.abort();
    await asking;
    client.close();
  });

  it("makes a new certificate when the Secret is deleted, and a new authority whose bundle still has the old one", async () => {
    const before = await read(server);
    await secrets.delete({ namespace, name: server });
    await eventually(async () => {
      assert.notEqual((await read(server)).cert.serialNumber, before.cert.serialNumber);
    });
    await secrets.delete({ namespace, name: authority });
    await eventually(async () => {
      const { cert, ca } = await read(server);
      assert.equal(ca.length, 2);
      assert.ok(ca[0] !== undefined && cert.verify(ca[0].publicKey));
      assert.equal(ca[1]?.fingerprint256, before.ca[0]?.fingerprint256);
    });
  });

  it("gives a node no certificate of a new authority before the database has had time to trust it", async () => {
    stopKeeping.abort();
    await keeping;
    const before = await read(server);
    await secrets.delete({ namespace, name: authority });
    keeping = keep(8_000, stop.signal);
    const published = await eventually(async () => {
      const { cert, ca } = await read(server);
      assert.notEqual(ca[0]?.fingerprint256, before.ca[0]?.fingerprint256);
      assert.equal(cert.serialNumber, before.cert.serialNumber);
      return ca[0];
    });
    const client = await nodeClient("n3");
    let [isAnswered, isEarly] = [false, false];
    const asking = chassis(client, "n3", AbortSignal.timeout(60_000)).finally(() => {
      isAnswered = true;
    });
    await eventually(async () => {
      // Each look at the files of the database comes after one at the answer.
      const answered = isAnswered;
      const { cert } = await read(server);
      const isNew = cert.serialNumber !== before.cert.serialNumber;
      isEarly ||= answered && !isNew;
      assert.ok(isNew);
    });
    assert.equal(isEarly, false);
    const certificate = new X509Certificate(readFileSync(join(await asking, "tls.crt")));
    assert.ok(published !== undefined && certificate.verify(published.publicKey));
    client.close();
  });

  it("tells a member that ends how many there shall be, by the rights of the databases' account", async () => {
    await plane.kubectl.apply(readManifests("deploy/ovn/central.yaml").filter(({ kind }) => kind === "StatefulSet"));
    const kubeconfig = await plane.createServiceAccountUser(namespace, "ovn4nfv-ovn-central");
    const membersFile = join(folder.path, "wanted");
    const args = ["--kubeconfig", kubeconfig, "--system-namespace", namespace, "--members-file", membersFile];
    const { status, stderr } = await runCommandLine(["ovn-members", ...args], {}, "", AbortSignal.abort());
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(membersFile, "utf8"), "1\n");
  });

  it("lets the keeper write no other Secret", async () => {
    const body = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "other" },
      type: "kubernetes.io/tls",
      data: { "tls.crt": "", "tls.key": "" },
    };
    await assert.rejects(
      new ResourceApi(keeper, resources.secrets).create(namespace, body),
      /writes no Secret but those/,
    );
  });
});
