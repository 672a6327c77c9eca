import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { systemClock } from "#src/core/clock.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { startCertManager } from "#lab/kubernetes/cert-manager.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import type { Lab } from "#lab/cluster/lab.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { root } from "#tools/source-files.ts";
import { until } from "#test/assertions/until.ts";

const certificate = "certificate.cert-manager.io/ovn4nfv-webhook";

/** An installation by the overlay for cert-manager, with cert-manager beside the API server of the lab. */
export class CertManagerInstall implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #certManager: AsyncDisposableStack;

  private constructor(lab: Lab, certManager: AsyncDisposableStack) {
    this.#lab = lab;
    this.#certManager = certManager;
  }

  static async apply(lab: Lab): Promise<CertManagerInstall> {
    const certManager = await startCertManager(lab.controlPlane, lab.center.namespaces);
    const installed = new CertManagerInstall(lab, certManager);
    const manifest = await installed.#kubectl("kustomize", join(root, "deploy/overlays/cert-manager"));
    assert.match(manifest, /OVN4NFV_NB: ""/);
    const ofTheLab = manifest.replace(/OVN4NFV_NB: ""/, `OVN4NFV_NB: ${labPlan.northbound}`);
    await lab.controlPlane.kubectl.apply(ofTheLab, { timeoutMs: 60_000 });
    return installed;
  }

  /** Forces a renewal like `cmctl renew`, and waits until both replicas serve the new certificate. */
  async renew(): Promise<void> {
    const before = await this.#leaf();
    const issuing = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "by hand" };
    const lastTransitionTime = new Date(systemClock.now()).toISOString().replace(/\.\d+Z/, "Z");
    const op = [{ op: "add", path: "/status/conditions/-", value: { ...issuing, lastTransitionTime } }];
    const own = ["-n", systemNamespace];
    await this.#kubectl("patch", certificate, ...own, "--subresource=status", "--type=json", "-p", JSON.stringify(op));
    await until(async () => (await this.#leaf()).fingerprint256 !== before.fingerprint256, 60_000);
    const { fingerprint256 } = await this.#leaf();
    // A kubelet reads the Secrets of a pod once a minute, or when the pod changes.
    const webhooks = ["-l", "app.kubernetes.io/name=ovn4nfv-webhook", ...own];
    await this.#kubectl("annotate", "pods", ...webhooks, "looked-at=now");
    const { items } = (await this.#lab.controlPlane.kubectl.get(["pods", ...webhooks])) as {
      readonly items: readonly KubeObject[];
    };
    assert.equal(items.length, 2);
    for (const { metadata } of items) {
      await until(async () => (await this.#kubectl("logs", metadata.name, ...own)).includes(fingerprint256), 90_000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#certManager.disposeAsync();
  }

  async #leaf(): Promise<X509Certificate> {
    const own = ["secret", "ovn4nfv-webhook-tls", "-n", systemNamespace];
    const text = await this.#kubectl("get", ...own, "-o", "jsonpath={.data.tls\\.crt}");
    return new X509Certificate(Buffer.from(text, "base64"));
  }

  #kubectl(...args: readonly string[]): Promise<string> {
    return this.#lab.controlPlane.kubectl.must(args, { timeoutMs: 70_000 });
  }
}
