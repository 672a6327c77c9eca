// The keys of the token in the Secret and ConfigMap of a real cluster. They are made, rotated, verified and revoked.
import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { PodResults } from "#cni/agent/pods/pod-results.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { printResult } from "#src/api/result.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { tokenKeyId } from "#src/tokens/token.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { PodApi } from "#src/kube/pods.ts";
import { KeyRotation } from "#src/tokens/key-rotation.ts";
import { KeyStore } from "#src/tokens/key-store.ts";
import { PublishedKeys } from "#src/tokens/published-keys.ts";
import { StoredSigner } from "#src/tokens/stored-signer.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const places = { namespace: "kube-system", secret: "ovn4nfv-token-keys", configMap: "ovn4nfv-token-public-keys" };
const { allocation, result, token } = annotationKeys;
const interfaces = printResult([
  {
    ip_address: ["10.1.0.7/24"],
    mac_address: "0a:58:0a:01:00:07",
    gateway_ip: ["10.1.0.1"],
    defaultGateway: "false",
    interface: "net1",
    network: "blue",
    port: "p-net1",
  },
]);

describe("token keys in a cluster", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("token-keys");
  const leading = new AbortController();
  const signers: StoredSigner[] = [];
  let plane: ControlPlane;
  let client: HttpsApiClient;
  let store: KeyStore;
  let rotating: Promise<void>;

  before(async () => {
    plane = await ControlPlane.start({ folder: folder.path });
    const config = loadKubeConfig({ path: plane.adminKubeconfig });
    client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
    store = new KeyStore(client, places, systemClock);
  });
  after(async () => {
    leading.abort();
    await rotating;
    for (const signer of signers) await signer.close();
    client.close();
    await plane.stop();
    folder.remove();
  });

  const parts = () => ({ client, clock: systemClock, logger: silentLogger, metrics: createMetrics() });
  const startSigner = async (): Promise<StoredSigner> => {
    const signer = new StoredSigner({ ...parts(), places });
    signers.push(signer);
    await signer.start({ deadlineMs: systemClock.monotonicMs() + 60_000 });
    return signer;
  };
  const subject = (name: string) => ({
    allocation: `a-${name}`,
    namespace: "default",
    name,
    generateName: "",
    result: interfaces,
  });
  const kidOf = async (signer: StoredSigner): Promise<string> => tokenKeyId(signer.sign(subject("any"))) ?? "";
  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    const limit = AbortSignal.timeout(60_000);
    while (!(await isSo())) {
      if (limit.aborted) assert.fail(`never: ${what}`);
      await systemClock.sleep(50);
    }
  };
  const published = async (): Promise<readonly string[]> => [...(await store.read({})).published.keys()];

  /** Stores a pod with a token of this signer. */
  async function storePod(name: string, signer: StoredSigner): Promise<void> {
    const annotations = { [result.key]: interfaces, [token.key]: signer.sign(subject(name)) };
    const metadata = { namespace: "default", name, annotations, labels: { [allocation.key]: `a-${name}` } };
    const spec = { containers: [{ name: "c", image: "none" }] };
    await plane.kubectl.apply([{ apiVersion: "v1", kind: "Pod", metadata, spec }]);
  }

  /** Verifies the pod like an agent whose watch has not told it anything yet. */
  async function verifyAsAgent(name: string): Promise<string | undefined> {
    const keys = new PublishedKeys({ ...parts(), namespace: places.namespace, configMap: places.configMap });
    const api = new PodApi(client);
    const results = new PodResults({ pods: { get: () => undefined, byIndex: () => [] }, api, keys });
    const pod = await api.get({ namespace: "default", name });
    return (await results.verified(readPod(pod)))?.allocation;
  }

  async function keysCommand(...args: readonly string[]) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const flags = ["--kubeconfig", plane.adminKubeconfig, "--system-namespace", places.namespace, "-o", "json"];
    const status = await runProgram(["keys", ...args, ...flags], commandTable, {
      stdin: Readable.from([]),
      stdout,
      stderr,
      env: {},
      signal: new AbortController().signal,
      clock: systemClock,
      nodeVersion: "v24.0.0",
    });
    const lines = String((stdout.read() as Buffer | null) ?? "[]");
    return {
      status,
      stderr: String((stderr.read() as Buffer | null) ?? ""),
      keys: JSON.parse(lines) as { kid: string; state: string; pods: string[] }[],
    };
  }

  it("are one key when two replicas start at once on an empty cluster, and it is published", async () => {
    const [a, b] = await Promise.all([startSigner(), startSigner()]);
    assert.equal(await kidOf(a), await kidOf(b));
    assert.deepEqual(await published(), [await kidOf(a)]);
  });

  it("are rotated twice, and a pod from before is verified by an agent that knew no key", async () => {
    const [signer] = signers as [StoredSigner];
    const first = await kidOf(signer);
    await storePod("old", signer);
    const rules = { settleMs: 300, retireMs: 500, maxAgeMs: 0 };
    rotating = new KeyRotation({ ...parts(), places, rules }).run(leading.signal);
    let before = first;
    for (let n = 1; n <= 2; n += 1) {
      const { status, keys } = await keysCommand("rotate");
      assert.equal(status, 0);
      assert.deepEqual(keys.find(({ kid }) => kid === first)?.pods, ["default/old"]);
      await until("signed with the next key", async () => (await kidOf(signer)) !== before);
      before = await kidOf(signer);
    }
    await storePod("new", signer);
    assert.equal(await verifyAsAgent("old"), "a-old");
    assert.equal(await verifyAsAgent("new"), "a-new");
    await until("the key that no pod carries is taken back", async () => (await published()).length === 2);
    assert.deepEqual(new Set(await published()), new Set([first, before]));
  });

  it("are published again when somebody deletes the ConfigMap, as far as they are known", async () => {
    await plane.kubectl.must(["delete", "configmap", "-n", places.namespace, places.configMap]);
    const [signer] = signers as [StoredSigner];
    await until("published", async () => (await published()).includes(await kidOf(signer)));
    assert.equal(await verifyAsAgent("new"), "a-new");
  });

  it("are revoked after their pods were listed, and a token of such a key is forged from then on", async () => {
    const [signer] = signers as [StoredSigner];
    const old = await kidOf(signer);
    const signing = await keysCommand("revoke", old);
    assert.equal(signing.status, 2);
    assert.match(signing.stderr, /it is the key that signs; run `ovn4nfv keys rotate`/);
    await keysCommand("rotate");
    await until("signed with the next key", async () => (await kidOf(signer)) !== old);
    const asked = await keysCommand("revoke", old);
    assert.equal(asked.status, 3);
    assert.match(asked.stderr, /default\/new/);
    assert.equal(await verifyAsAgent("new"), "a-new");
    assert.equal((await keysCommand("revoke", old, "--yes")).status, 0);
    await assert.rejects(verifyAsAgent("new"), { code: "ForgedResult" });
    assert.equal((await keysCommand()).keys.find(({ kid }) => kid === old)?.state, "missing");
  });
});
