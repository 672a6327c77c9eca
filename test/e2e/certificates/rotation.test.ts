// Certificates, their authority and token keys change while pods are being created and replicas come and go.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { parseBundle } from "#certs/pem-bundle.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { tokenKeyId } from "#src/tokens/token.ts";
import { secretData } from "#src/kube/client/object-data.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { runCommand } from "#tools/process/command.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { controllerProcess, runCheck } from "#test/stacks/controller-process.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { assertRareRights } from "#test/assertions/rights.ts";
import { until } from "#test/assertions/until.ts";
import { productFile } from "#tools/build/product-file.ts";

const tokens = { "token-keys-secret": "ovn4nfv-token-keys", "token-public-keys": "ovn4nfv-token-public-keys" };

describe("two replicas that keep their own certificates and keys", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, () => {
  let stack: AdmissionStack;
  let secrets: ResourceApi;
  let configMaps: ResourceApi;
  before(async () => {
    stack = await AdmissionStack.start({
      replicas: 2,
      trust: "cluster",
      plane: { audit: true },
      // A new authority follows after 30 s. A leaf ends with its authority, and is renewed by itself after 18 s.
      flags: { "ca-lifetime": "45s", "certificate-lifetime": "27s", "ca-settle-time": "3s" },
    });
    secrets = new ResourceApi(stack.client, resources.secrets);
    configMaps = new ResourceApi(stack.client, resources.configMaps);
    await stack.addSwitch("blue", "10.64.0.0/16");
  });
  after(() => stack[Symbol.asyncDispose]());

  const certificate = async (name: string): Promise<X509Certificate> =>
    new X509Certificate(secretData(await secrets.get({ namespace, name })).get("tls.crt") ?? "");

  it("made one authority, although both started at once on an empty cluster", async () => {
    const made = stack.replicas.flatMap((replica) =>
      replica.log().filter(({ msg }) => msg === "certificate authority made"),
    );
    assert.equal(made.length, 1);
    let leaf = await certificate("ovn4nfv-webhook-tls");
    // The two are read one after the other, and each may change in the meantime.
    await until(async () => {
      leaf = await certificate("ovn4nfv-webhook-tls");
      return leaf.verify((await certificate("ovn4nfv-webhook-ca")).publicKey);
    });
    assert.ok(leaf.checkHost(`ovn4nfv-webhook.${namespace}.svc`) !== undefined);
  });

  it("lose no create while authority and leaf roll over twice, the token key is rotated, and both restart", async () => {
    await using controller = controllerProcess(stack, {
      flags: { ...tokens, "system-namespace": namespace, "token-key-settle-time": "1s", "token-key-retire-time": "5s" },
    });
    const published = async () =>
      Object.keys((await configMaps.get({ namespace, name: tokens["token-public-keys"] }))["data"] ?? {});
    // While there is no controller, which would be faster, a webhook publishes its key again.
    const emptied = ["configmap", tokens["token-public-keys"], "-n", namespace, "--type=merge", "-p", '{"data":null}'];
    await stack.plane.kubectl.must(["patch", ...emptied]);
    await until(async () => (await published()).length === 1);
    await controller.start();
    const authorities = new Set<string>();
    const leaves = new Set<string>();
    const look = async (): Promise<void> => {
      authorities.add((await certificate("ovn4nfv-webhook-ca")).fingerprint256);
      const leaf = await certificate("ovn4nfv-webhook-tls");
      leaves.add(leaf.issuer);
    };
    await look();
    let made = 0;
    const createPods = (count: number, after: Readonly<Record<number, () => Promise<void>>> = {}) =>
      burst({ count, concurrency: 8, after }, () => {
        made += 1;
        return stack.create(podManifest({ name: `rolled-${made}`, annotations: request({ name: "blue" }) }));
      });
    const events = {
      20: async () => {
        await replace(0);
        await replace(1);
      },
      60: rotate,
      120: look,
    };
    assert.equal(tellErrors(await createPods(200, events)), "");
    // Two authorities follow the first one, each with a leaf that is served.
    const limit = AbortSignal.timeout(180_000);
    while (authorities.size < 3 || leaves.size < 3) {
      assert.ok(!limit.aborted, `${authorities.size} authorities, leaves of ${leaves.size}`);
      // Some creates at each moment are enough. Thousands of pods would take minutes to delete.
      const [outcomes] = await Promise.all([createPods(5), systemClock.sleep(500)]);
      assert.equal(tellErrors(outcomes), "");
      await look();
    }
    const { pods } = await stack.assertInvariants();
    assert.equal(pods.length, made);
    const kids = new Set(
      pods.map(({ metadata }) => tokenKeyId(metadata.annotations?.[annotationKeys.token.key] ?? "")),
    );
    assert.equal(kids.size, 2, "results are signed with the old key and the new one");
    const check = await runCheck(stack, {
      flags: { "token-public-keys": tokens["token-public-keys"], "system-namespace": namespace },
    });
    assert.match(check.stdout, /agree/, check.stdout + check.stderr);
    // The old key is published until no pod carries it.
    assert.equal((await published()).length, 2);
    // One request deletes them all. By `kubectl delete pods --all` it would be one for each of several hundred.
    await stack.plane.kubectl.must(["delete", "--raw", "/api/v1/namespaces/default/pods"], { timeoutMs: 180_000 });
    await until(async () => (await published()).length === 1, 90_000);
    await assertRareRights(stack.plane, "test/e2e/certificates/rotation.test.ts");
  });

  it("are trusted again by the cainjector when somebody resets the caBundle", async () => {
    const path = "{.webhooks[*].clientConfig.caBundle}";
    const bundles = async () =>
      (
        await stack.plane.kubectl.must(["get", "mutatingwebhookconfiguration", "zz-ovn4nfv", "-o", `jsonpath=${path}`])
      ).split(" ");
    const foreign = Buffer.from(stack.authority.cert).toString("base64");
    const patch = [{ op: "replace", path: "/webhooks/0/clientConfig/caBundle", value: foreign }];
    await stack.plane.kubectl.must([
      "patch",
      "mutatingwebhookconfiguration",
      "zz-ovn4nfv",
      "--type=json",
      "-p",
      JSON.stringify(patch),
    ]);
    await until(async () => {
      const [first, ...others] = await bundles();
      return first !== foreign && others.every((other) => other === first);
    });
    const [bundle = ""] = await bundles();
    assert.ok(parseBundle(Buffer.from(bundle, "base64").toString()).length > 0);
  });

  /** Replaces a replica like a rolling update: the new one serves before the old one is told to end. */
  async function replace(index: number): Promise<void> {
    const replica = stack.replicas[index];
    assert.ok(replica !== undefined);
    await stack.addReplica(`webhook-again-${index + 1}`);
    stack.balancer.remove(replica.admissionPort);
    replica.process.signal("SIGTERM");
    assert.deepEqual(await replica.process.exited(), { code: 0, signal: null });
  }

  async function rotate(): Promise<void> {
    const args = ["keys", "rotate", "--kubeconfig", stack.plane.adminKubeconfig, "--system-namespace", namespace];
    const { code, stderr } = await runCommand(process.execPath, [productFile, ...args], { timeoutMs: 90_000 });
    assert.equal(code, 0, stderr);
  }
});
