// Counts what becomes of pods that are created while no webhook of an installation is ready. The figures stand in docs/adr/0025.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { networkAttachmentDefinitionCrd } from "#lab/cluster/multus.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { installManifestPath } from "#tools/manifest/install-manifest-text.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

/** The time for which nobody serves yet. In the lab the first replica is ready later. */
const windowMs = 15_000;
const eachMs = 50;

type Outcome = "stored" | "refused by the webhook's entry" | "refused by the guard";

interface Count {
  readonly during: ReadonlyMap<Outcome, number>;
  readonly after: ReadonlyMap<Outcome, number>;
  /** The time from the end of `kubectl apply` to the last pod that was stored without addresses. */
  readonly lastStoredMs: number | undefined;
}

const isEntry = ({ kind = "" }: KubeObject): boolean => /WebhookConfiguration$/.test(kind);
const isGuard = ({ kind = "" }: KubeObject): boolean => /^ValidatingAdmissionPolicy/.test(kind);

/** Creates pods with a request while an installation without these objects is applied, and for a while after it. */
async function install(isLeftOut: (object: KubeObject) => boolean): Promise<Count> {
  using folder = createTemporaryFolder("webhook-entries");
  const plane = await ControlPlane.start({ folder: folder.path });
  const config = loadKubeConfig({ path: plane.adminKubeconfig });
  const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "test/1" });
  try {
    const pods = new ResourceApi(client, resources.pods);
    const create = async (n: number): Promise<Outcome> => {
      const pod = podManifest({ name: `pod-${n}`, annotations: request({ name: "blue" }) });
      try {
        await pods.create("default", pod, { deadlineMs: systemClock.monotonicMs() + 30_000 });
        return "stored";
      } catch (caught) {
        const message = apiErrorDetails(caught)?.message ?? String(caught);
        if (/failed calling webhook/.test(message)) return "refused by the webhook's entry";
        assert.match(message, /ValidatingAdmissionPolicy 'ovn4nfv-pod-create'/);
        return "refused by the guard";
      }
    };
    await plane.kubectl.apply([networkAttachmentDefinitionCrd]);
    await plane.kubectl.established(networkAttachmentDefinitionCrd.metadata.name);
    let appliedAtMs: number | undefined;
    let lastStoredMs: number | undefined;
    const [during, after] = [new Map<Outcome, number>(), new Map<Outcome, number>()];
    const applying = plane.kubectl
      .apply(readManifests(installManifestPath).filter((one) => !isLeftOut(one)))
      .then(() => {
        appliedAtMs = systemClock.monotonicMs();
      });
    for (let n = 0; appliedAtMs === undefined || systemClock.monotonicMs() < appliedAtMs + windowMs; n += 1) {
      const startedMs = systemClock.monotonicMs();
      const sentAfter = appliedAtMs;
      const outcome = await create(n);
      const counts = sentAfter === undefined ? during : after;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (sentAfter !== undefined && outcome === "stored") lastStoredMs = startedMs - sentAfter;
      await systemClock.sleep(eachMs);
    }
    await applying;
    return { during, after, lastStoredMs };
  } finally {
    client.close();
    await plane.stop();
  }
}

function print(count: Count): string {
  const one = (counts: ReadonlyMap<Outcome, number>): string =>
    [...counts].map(([outcome, number]) => `${number} ${outcome}`).join(", ") || "none";
  return `while it was applied: ${one(count.during)}; in the 15 s after it: ${one(count.after)}; last stored after ${count.lastStoredMs ?? "-"} ms`;
}

describe("pods with a request before any webhook is ready", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  it("are refused where the entries are there from the beginning", async () => {
    const count = await install(() => false);
    console.error(`entries from the beginning: ${print(count)}`);
    assert.ok((count.after.get("refused by the webhook's entry") ?? 0) > 100);
    assert.ok((count.lastStoredMs ?? 0) < 2_000);
  });

  it("are refused by the guard where the entries come with the first replica", async () => {
    const count = await install(isEntry);
    console.error(`entries with the first replica: ${print(count)}`);
    assert.ok((count.after.get("refused by the guard") ?? 0) > 100);
  });

  it("are all stored without addresses where the guard comes later, too", async () => {
    const count = await install((object) => isEntry(object) || isGuard(object));
    console.error(`entries and guard later: ${print(count)}`);
    assert.ok((count.after.get("stored") ?? 0) > 100);
    assert.equal(count.after.size, 1);
  });

  it("are refused where only the guard comes later", async () => {
    const count = await install(isGuard);
    console.error(`guard later: ${print(count)}`);
    assert.ok((count.after.get("refused by the webhook's entry") ?? 0) > 100);
  });
});
