// The overlay for cert-manager with cert-manager itself: it issues and renews, and we only serve what it wrote.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeCertificateFiles } from "#certs/self-signed.ts";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { secretData } from "#src/kube/client/object-data.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { certManagerTools, startCertManager } from "#lab/kubernetes/cert-manager.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { systemNamespace as namespace } from "#lab/kubernetes/identities.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

const tools = [...controlPlaneTools, ...certManagerTools];
const certificate = "certificate.cert-manager.io/ovn4nfv-webhook";

describe("a webhook whose certificate cert-manager keeps", { skip: whyToolsAreMissing(tools) }, () => {
  let stack: AdmissionStack;
  let secrets: ResourceApi;
  let certManager: AsyncDisposableStack;
  let folder: string;
  before(async () => {
    stack = await AdmissionStack.start();
    secrets = new ResourceApi(stack.client, resources.secrets);
    folder = join(stack.plane.folder, "mounted");
    await stack.addSwitch("blue", "10.64.0.0/16");
    certManager = await startCertManager(stack.plane);
    await stack.plane.kubectl.apply(readManifests("deploy/overlays/cert-manager/certificates.yaml").map(reachable));
  });
  after(async () => {
    await certManager.disposeAsync();
    await stack[Symbol.asyncDispose]();
  });

  const kubectl = (...args: readonly string[]) => stack.plane.kubectl.must([...args, "-n", namespace]);
  const stored = async () => secretData(await secrets.get({ namespace, name: "ovn4nfv-webhook-tls" }));
  const leaf = async () => new X509Certificate((await stored()).get("tls.crt") ?? "");

  /** Writes the Secret's files, like the kubelet for a mounted Secret. */
  async function mount(): Promise<X509Certificate> {
    const data = await stored();
    const [cert = "", key = "", ca = ""] = ["tls.crt", "tls.key", "ca.crt"].map((name) => data.get(name));
    await writeCertificateFiles(folder, { cert, key, ca });
    return new X509Certificate(cert);
  }

  let made = 0;
  const createPods = (count: number, events: Readonly<Record<number, () => Promise<void>>> = {}) =>
    burst({ count, concurrency: 8, after: events }, () => {
      made += 1;
      return stack.create(podManifest({ name: `pod-${made}`, annotations: request({ name: "blue" }) }));
    });

  /** Waits until the webhook serves what cert-manager has issued since. */
  async function renewed(before: X509Certificate): Promise<X509Certificate> {
    await until(async () => (await leaf()).fingerprint256 !== before.fingerprint256);
    const next = await mount();
    await stack.replicas.at(-1)?.logged(new RegExp(next.fingerprint256));
    return next;
  }

  it("serves an ECDSA certificate that the API server trusts by the cainjector", async () => {
    await kubectl("wait", certificate, "--for=condition=Ready", "--timeout=60s");
    const issued = await mount();
    assert.equal(issued.publicKey.asymmetricKeyType, "ec");
    assert.ok(issued.checkHost(`ovn4nfv-webhook.${namespace}.svc`) !== undefined);
    const [first] = stack.replicas;
    assert.ok(first !== undefined);
    const files = { "tls-cert-file": join(folder, "tls.crt"), "tls-key-file": join(folder, "tls.key") };
    await stack.addReplica("by-cert-manager", files);
    stack.balancer.remove(first.admissionPort);
    const configuration = podWebhookConfiguration({ url: `https://127.0.0.1:${stack.balancer.port}`, ca: "" });
    const annotations = { "cert-manager.io/inject-ca-from": `${namespace}/ovn4nfv-webhook` };
    await stack.plane.kubectl.apply([{ ...configuration, metadata: { name: "zz-ovn4nfv", annotations } }]);
    await stack.balancer.cut();
    // The API server loads the injected bundle some moments later.
    await until(async () => (await createPods(1)).every(({ error }) => error === undefined));
    assert.equal(tellErrors(await createPods(20)), "");
  });

  it("loses no create by a forced renewal, nor by a change to an RSA key", async () => {
    const before = await leaf();
    let rsa: X509Certificate | undefined;
    const renew = async (): Promise<void> => {
      // `cmctl renew` writes this condition.
      const issuing = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "by hand" };
      const time = new Date(systemClock.now()).toISOString().replace(/\.\d+Z/, "Z");
      const op = [{ op: "add", path: "/status/conditions/-", value: { ...issuing, lastTransitionTime: time } }];
      await kubectl("patch", certificate, "--subresource=status", "--type=json", "-p", JSON.stringify(op));
      const next = await renewed(before);
      const spec = { spec: { privateKey: { algorithm: "RSA", size: 2048, rotationPolicy: "Always" } } };
      await kubectl("patch", certificate, "--type=merge", "-p", JSON.stringify(spec));
      rsa = await renewed(next);
    };
    assert.equal(tellErrors(await createPods(150, { 20: renew })), "");
    assert.equal(rsa?.publicKey.asymmetricKeyType, "rsa");
    assert.equal(tellErrors(await createPods(20)), "");
    await stack.assertInvariants();
  });
});

/** Changes the object for the test's API server, which calls by address. */
function reachable(object: KubeObject): object {
  const spec = object["spec"] as { readonly dnsNames?: readonly string[] };
  return spec.dnsNames === undefined ? object : { ...object, spec: { ...spec, ipAddresses: ["127.0.0.1"] } };
}
