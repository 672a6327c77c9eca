// Another validating webhook, which is slow. It is called between our answer and the write to etcd.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { issueServing } from "#certs/authority.ts";
import { systemClock } from "#src/core/clock.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { podManifest } from "#test/fixtures/kube/pod-manifest.ts";
import { until } from "#test/assertions/until.ts";

/** The label of pods that are held. */
export const held = { "e2e/held": "yes" };

export interface Hold {
  /** Resolves when a review is being held. */
  readonly arrived: Promise<undefined>;
  readonly release: () => void;
}

/** Allows everything, but the reviews of pods with the label only when the test says so. */
export class HoldingWebhook implements AsyncDisposable {
  readonly #server: Server;
  #reviews = 0;
  #arrived = Promise.withResolvers<undefined>();
  #released = Promise.withResolvers<undefined>();

  private constructor(pair: { readonly key: string; readonly cert: string }) {
    this.#released.resolve(undefined);
    this.#server = createServer(pair, (request, response) => {
      this.#reviews += 1;
      void (async () => {
        const { request: review } = (await json(request)) as { request: { uid: string } };
        this.#arrived.resolve(undefined);
        await this.#released.promise;
        const answer = {
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: { uid: review.uid, allowed: true },
        };
        response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
      })();
    });
  }

  /** Registers it and waits until the API server calls it. */
  static async start({ plane, authority }: AdmissionStack): Promise<HoldingWebhook> {
    const webhook = new HoldingWebhook(
      await issueServing(authority, ["127.0.0.1"], { clock: systemClock, validityMs: 3_600_000, randomBytes }),
    );
    webhook.#server.listen(0, "127.0.0.1");
    await once(webhook.#server, "listening");
    const url = `https://127.0.0.1:${(webhook.#server.address() as AddressInfo).port}/`;
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }];
    const entry = {
      name: "held.e2e.ovn4nfv.opnfv.org",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      timeoutSeconds: 30,
      clientConfig: { url, caBundle: Buffer.from(authority.cert).toString("base64") },
      objectSelector: { matchLabels: held },
      rules,
    };
    const metadata = { name: "held" };
    const kind = "ValidatingWebhookConfiguration";
    await plane.kubectl.apply([{ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata, webhooks: [entry] }]);
    const input = JSON.stringify(podManifest({ name: "probe", labels: held }));
    await until(async () => {
      await plane.kubectl.must(["create", "--dry-run=server", "-f", "-"], { input });
      return webhook.#reviews > 0;
    });
    return webhook;
  }

  /** Holds the reviews that come from now on. */
  hold(): Hold {
    this.#arrived = Promise.withResolvers();
    this.#released = Promise.withResolvers();
    const { resolve } = this.#released;
    return {
      arrived: this.#arrived.promise,
      release: () => {
        resolve(undefined);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#released.resolve(undefined);
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
