// A thief of an account of ours can write our marks on pods and our Secrets, and nothing else.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { type PatchOptions, ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { PodApi } from "#src/kube/pods.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, systemNamespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podForgeries } from "#test/fixtures/kube/pod-forgeries.ts";
import { podManifest } from "#test/fixtures/kube/pod-manifest.ts";
import { leftWords, serviceForgeries, wordsTaken } from "#test/fixtures/kube/service-forgeries.ts";
import { networkManifest } from "#test/stacks/network-stack.ts";
import { until } from "#test/assertions/until.ts";
import { describeOwnClaims } from "./own-claim-cases.ts";

const { result, token, allocation, finalizer, multusNetworks } = annotationKeys;
const namespace = "default";
const blue = { namespace, name: "blue" };
const accounts = ["controller", "uninstall"] as const;

/** A pod as the webhook leaves it, with fields of others beside ours. */
const ours = {
  annotations: { [result.key]: "[]", [token.key]: "t", [multusNetworks.key]: "[]", note: "theirs" },
  labels: { [allocation.key]: "A", app: "web" },
  finalizers: [finalizer.key, "example.com/other"],
};

describe("what our own accounts may write", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const folder = createTemporaryFolder("own-writes");
  const owned = new AsyncDisposableStack();
  let plane: ControlPlane;
  const clients = new Map<string, HttpsApiClient>();

  before(async () => {
    plane = owned.use(await ControlPlane.start({ folder: folder.path, controllerManagerFlags: noHeartbeats }));
    await plane.kubectl.apply([{ apiVersion: "v1", kind: "Node", metadata: { name: "worker" } }]);
    const { controller, webhook } = await createIdentities(plane);
    await plane.kubectl.apply(readManifests("deploy/uninstall/job.yaml").filter(({ kind }) => kind !== "Job"));
    await plane.administrator.apply(readManifests("deploy/base/guard.yaml"));
    const uninstall = await plane.createServiceAccountUser(systemNamespace, "ovn4nfv-uninstall");
    for (const [name, path] of Object.entries({ controller, webhook, uninstall, admin: plane.adminKubeconfig })) {
      const config = loadKubeConfig({ path });
      const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
      owned.defer(() => {
        client.close();
      });
      clients.set(name, client);
    }
    await create("web", ours);
    // The API server uses a new policy some moments later.
    let tries = 0;
    for (const account of accounts) {
      // A write that changes nothing is never refused.
      await until(async () => {
        tries += 1;
        return (await write(account, "web", { metadata: { labels: { probe: `${tries}` } } })) !== "written";
      });
    }
    await kubectl("label", "pod", "web", "probe-");
    await plane.administrator.apply(readManifests("deploy/crds/networks.yaml"));
    await plane.administrator.established("networks.k8s.plugin.opnfv.org");
    await plane.kubectl.apply([networkManifest("blue", { ipv4Subnets: [{ subnet: "10.9.0.0/24" }] })]);
    // These are refused only once their policies are in use.
    await until(() => {
      tries += 1;
      const spec = { dns: { nameservers: [`10.9.1.${tries % 250}`] } };
      return isRefused(networksAs("controller").patch(blue, "merge", { spec }));
    });
    await until(() => {
      tries += 1;
      return isRefused(secretsAs("controller").create(systemNamespace, secret(`probe-${tries}`, "Opaque")));
    });
  });
  after(async () => {
    await owned.disposeAsync();
    folder.remove();
  });

  const kubectl = (...args: readonly string[]) => plane.kubectl.must(args);
  const podsAs = (account: string) => new ResourceApi(clients.get(account) as HttpsApiClient, resources.pods);
  const secretsAs = (account: string) => new ResourceApi(clients.get(account) as HttpsApiClient, resources.secrets);
  const networksAs = (account: string) => new ResourceApi(clients.get(account) as HttpsApiClient, resources.networks);
  const clientOf = (account: string) => clients.get(account) as HttpsApiClient;
  const isRefused = (attempt: Promise<unknown>) =>
    attempt.then(
      () => false,
      () => true,
    );
  const secret = (name: string, type: string, more: object = {}) => ({
    apiVersion: "v1",
    kind: "Secret",
    type,
    metadata: { name, namespace: systemNamespace, ...more },
  });
  const getPod = (name: string) => podsAs("admin").get({ namespace, name });
  const create = (name: string, metadata: object, spec: object = { nodeName: "worker" }) =>
    podsAs("admin").create(namespace, podManifest({ name, ...metadata, spec }));
  /** Patches a pod. Gives "written", or what the API server says against it. */
  async function write(account: string, name: string, body: object, way: PatchOptions = { subresource: "status" }) {
    try {
      await podsAs(account).patch({ namespace, name }, "strategic", body, way);
      return "written";
    } catch (caught) {
      return (caught as Error).message;
    }
  }
  /** All that a pod says, without what the API server counts. */
  async function contentOf(name: string): Promise<object> {
    const { metadata, ...others } = await getPod(name);
    return { ...others, metadata: { ...metadata, managedFields: undefined, resourceVersion: undefined } };
  }

  for (const account of accounts) {
    describe(`refuses the ${account}`, () => {
      for (const [what, body, says] of podForgeries) {
        it(what, async () => {
          const before = await contentOf("web");
          assert.match(await write(account, "web", body), says);
          assert.deepEqual(await contentOf("web"), before);
        });
      }

      it("another image, by RBAC, and ignores it beside what is ours", async () => {
        const spec = { containers: [{ name: "main", image: "registry.example/stolen" }] };
        assert.match(await write(account, "web", { spec }, {}), /cannot patch resource "pods"/);
        const before = await contentOf("web");
        assert.equal(await write(account, "web", { spec, metadata: { labels: { [allocation.key]: "A" } } }), "written");
        assert.deepEqual(await contentOf("web"), before);
      });

      it("an owner, which the API server ignores", async () => {
        const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
        const before = await contentOf("web");
        await write(account, "web", { metadata: { ownerReferences: [owner] } });
        assert.deepEqual(await contentOf("web"), before);
      });
    });

    it(`lets the ${account} write marks and conditions of ours, and take its finalizer off`, async () => {
      const name = `free-${account}`;
      const { metadata } = await create(name, { labels: { app: "web" } });
      const marks = {
        annotations: { [result.key]: "[1]", [token.key]: "u" },
        labels: { [allocation.key]: "B" },
        finalizers: [finalizer.key],
      };
      const conditions = [{ type: "k8s.plugin.opnfv.org/wired", status: "True" }];
      assert.equal(await write(account, name, { metadata: marks, status: { conditions } }), "written");
      const marked = await getPod(name);
      assert.deepEqual(marked.metadata.finalizers, [finalizer.key]);
      assert.deepEqual(marked.metadata.labels, { app: "web", [allocation.key]: "B" });
      assert.match(JSON.stringify(marked["status"]), /"type":"k8s.plugin.opnfv.org\/wired"/);
      await podsAs("admin").delete({ namespace, name }, { gracePeriodSeconds: 0 });
      const change = { uid: metadata.uid, finalizer: finalizer.key };
      const removal = { ...change, labels: [allocation.key], annotations: [token.key] };
      const api = new PodApi(clients.get(account) as HttpsApiClient);
      assert.equal(await api.removeFinalizer({ namespace, name }, removal), "patched");
      assert.equal(await new PodApi(clients.get("admin") as HttpsApiClient).get({ namespace, name }), undefined);
    });
  }

  it("lets the controller add our Multus element while the pod has no node", async () => {
    const raw = await create("late", {}, { schedulerName: "nobody" });
    const annotations = { [multusNetworks.key]: '[{"name":"ovn4nfv"}]', [result.key]: "[]" };
    await new PodApi(clients.get("controller") as HttpsApiClient).patchAsRead(raw, [
      { op: "add", path: "/metadata/annotations", value: annotations },
      { op: "add", path: "/metadata/finalizers", value: [finalizer.key] },
    ]);
    assert.deepEqual((await getPod("late")).metadata.annotations, annotations);
  });

  /** By this the API server would put the token of the account into the Secret. */
  const tokenOf = (account: string) => ({ annotations: { "kubernetes.io/service-account.name": account } });
  const tokenType = "kubernetes.io/service-account-token";

  for (const account of ["webhook", "controller"]) {
    const create = (body: ReturnType<typeof secret>) => secretsAs(account).create(systemNamespace, body);

    it(`lets the ${account} make no Secret that gets the token of another account`, async () => {
      await assert.rejects(
        create(secret("ovn4nfv-token-keys", tokenType, tokenOf("ovn4nfv-cainjector"))),
        /no Secret but of the types Opaque and kubernetes.io\/tls/,
      );
      await assert.rejects(create(secret("bootstrap-token-abcdef", "bootstrap.kubernetes.io/token")), /no Secret/);
    });

    it(`lets the ${account} make no Secret but ours`, async () => {
      await assert.rejects(create(secret("another", "Opaque")), /no Secret of this name/);
      await assert.rejects(
        create({
          ...secret("", "Opaque"),
          metadata: { generateName: "ovn4nfv-token-keys", namespace: systemNamespace },
        } as never),
        /no Secret of this name/,
      );
      await create(secret("ovn4nfv-token-keys", "Opaque"));
      await secretsAs("admin").delete({ namespace: systemNamespace, name: "ovn4nfv-token-keys" }, {});
    });
  }

  it("lets the webhook keep its certificate, and the controller not", async () => {
    const certificate = { "tls.crt": "", "tls.key": "" };
    for (const name of ["ovn4nfv-webhook-ca", "ovn4nfv-webhook-tls"]) {
      const body = { ...secret(name, "kubernetes.io/tls"), data: certificate };
      await assert.rejects(secretsAs("controller").create(systemNamespace, body), /no Secret of this name/);
      await secretsAs("webhook").create(systemNamespace, body);
      await secretsAs("webhook").patch({ namespace: systemNamespace, name }, "merge", { data: { "tls.crt": "YQ==" } });
    }
  });

  for (const account of accounts) {
    it(`lets the ${account} take finalizers off a Network, and leaves its spec alone`, async () => {
      const networks = networksAs(account);
      const open = { spec: { dns: { nameservers: ["10.9.0.66"] } } };
      await assert.rejects(networks.patch(blue, "merge", open), /changes no spec/);
      await networks.patch(blue, "merge", { metadata: { finalizers: [] } });
    });
  }

  it("lets the controller make and delete the Networks of chains, and no others", async () => {
    const networks = networksAs("controller");
    const chain = { apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "NetworkChaining", name: "web", uid: "u" };
    const made = (name: string, owner?: object) => ({
      apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
      kind: "Network",
      metadata: { name, namespace, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
      spec: { ipv4Subnets: [{ subnet: "10.9.3.0/24" }] },
    });
    await until(() => isRefused(networks.create(namespace, made("alone"))));
    await assert.rejects(networks.create(namespace, made("alone")), /no Network but those of chains/);
    await assert.rejects(networks.create(namespace, made("named", chain)), /no Network but those of chains/);
    const owned = { ...chain, controller: true };
    await networks.create(namespace, made("of-a-chain", owned));
    await assert.rejects(networks.delete(blue), /no Network but those of chains/);
    const taken = { metadata: { ownerReferences: [owned] } };
    await assert.rejects(networks.patch(blue, "merge", taken), /changes no owner of a Network/);
    await networks.delete({ namespace, name: "of-a-chain" });
  });

  describeOwnClaims({ planeOf: () => plane, clientOf, accounts });

  it("lets the controller write the status of a Network", async () => {
    const networks = networksAs("controller");
    await networks.patch(blue, "merge", { status: { observedGeneration: 1 } }, { subresource: "status" });
  });

  it("holds also when somebody has given the account every right", async () => {
    await kubectl(
      "create",
      "clusterrolebinding",
      "too-much",
      "--clusterrole=cluster-admin",
      `--serviceaccount=${systemNamespace}:ovn4nfv-controller`,
    );
    const spec = { containers: [{ name: "main", image: "registry.example/stolen" }] };
    await until(async () => !(await write("controller", "web", { spec }, {})).includes("cannot patch"));
    assert.match(await write("controller", "web", { spec }, {}), /writes pods only through pods\/status/);
    const pods = podsAs("controller");
    await assert.rejects(pods.delete({ namespace, name: "web" }), /writes pods only through pods\/status/);
    await assert.rejects(pods.create(namespace, podManifest({ name: "own" })), /writes pods only through pods\/status/);
    assert.equal((await getPod("web")).metadata.deletionTimestamp, undefined);
    const elsewhere = {
      ...secret("ovn4nfv-token-keys", "Opaque"),
      metadata: { name: "ovn4nfv-token-keys", namespace },
    };
    await assert.rejects(secretsAs("controller").create(namespace, elsewhere), /no Secret of this name/);
  });

  it("lets the controller write addresses outside only into Services of our class", async () => {
    const served = (name: string, loadBalancerClass: string | undefined) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels: { "service.kubernetes.io/service-proxy-name": "ovn4nfv" } },
      spec: { type: "LoadBalancer", loadBalancerClass, ports: [{ port: 80 }] },
    });
    await plane.kubectl.apply([
      served("ours", "k8s.plugin.opnfv.org/uplink"),
      served("theirs", "example.com/other"),
      served("clouds", undefined),
    ]);
    const services = new ResourceApi(clients.get("controller") as HttpsApiClient, resources.services);
    const say = (name: string, ...ips: readonly string[]) => {
      const status = { status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } } };
      return services.patch({ namespace, name }, "strategic", status, { subresource: "status" });
    };
    await say("ours", "198.51.100.20");
    await say("ours");
    for (const name of ["theirs", "clouds"]) {
      await assert.rejects(say(name, "198.51.100.20"), { message: /only of Services of the class k8s\.plugin/ });
    }
    const spec = { spec: { externalIPs: ["198.51.100.20"] } };
    await assert.rejects(services.patch({ namespace, name: "ours" }, "merge", spec), { message: /forbidden|cannot/ });
  });

  it("lets accounts of ours take their words away from a Service that is not ours, and write none", async () => {
    const services = (account: string) => new ResourceApi(clients.get(account) as HttpsApiClient, resources.services);
    const target = { namespace, name: "former" };
    const loadBalancerClass = "k8s.plugin.opnfv.org/uplink";
    await plane.kubectl.apply([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: target,
        spec: { type: "LoadBalancer", loadBalancerClass, ports: [{ port: 80 }] },
      },
    ]);
    const status = { subresource: "status" };
    for (const account of accounts) {
      await services("admin").patch(target, "strategic", leftWords, status);
      const patch = (body: object) => services(account).patch(target, "strategic", body, status);
      for (const body of serviceForgeries) {
        await assert.rejects(patch(body), { message: /from others it takes|no annotation of a Service but/ });
      }
      await patch(wordsTaken);
      const { metadata, status: now } = await services("admin").get(target);
      assert.doesNotMatch(JSON.stringify(metadata.annotations ?? {}), /service-ips/);
      assert.doesNotMatch(JSON.stringify(now), /opnfv|198\.51/);
    }
  });
});

/** The node is an object without a kubelet. Its pods must not be taken for dead in a slow test. */
const noHeartbeats = { "node-monitor-grace-period": "1h", "node-startup-grace-period": "1h" };
