// The baseline: the same nodes and as many pods of the same size, with a webhook that does nothing and nothing of ours.
import { systemClock } from "#src/core/clock.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { podWebhookConfiguration } from "#lab/webhook/webhook-configuration.ts";
import type { Progress } from "#tools/process/progress.ts";
import { noHeartbeats } from "#test/stacks/admission-stack.ts";
import { BareRequests } from "../release/bare-requests.ts";
import { Serving } from "../load/serving.ts";
import { startKwok } from "./kwok.ts";
import { createAgain, createAll, releaseRate, warmUpPods } from "./pod-life.ts";
import { makeNamespaces } from "./pod-namespaces.ts";
import { costs, readProcesses } from "./process-costs.ts";
import { namespaces, nodeRequests, podRequests } from "./scale-objects.ts";
import type { ScaleSize } from "./scale-size.ts";

const registrationMs = 30_000;

export async function runPlain(progress: Progress, size: ScaleSize) {
  await using serving = await Serving.open();
  await using plane = await progress.during("plain: starting the control plane", () =>
    ControlPlane.start({ folder: serving.folder, durable: true, controllerManagerFlags: noHeartbeats }),
  );
  const noop = await serving.yardstick("bare");
  await plane.kubectl.apply([podWebhookConfiguration({ url: `https://127.0.0.1:${noop.port}`, ca: serving.ca })]);
  await using load = await BareRequests.start(plane, size.clients);
  await using kwok = await startKwok(plane);
  await makeNamespaces(plane);
  await untilAsked(plane, size);
  await load.send(nodeRequests(size));
  const config = loadKubeConfig({ path: plane.adminKubeconfig });
  const client = new HttpsApiClient({ config, clock: systemClock, metrics: createMetrics(), userAgent: "bench/1" });
  try {
    const parts = { progress, size, kind: "plain", load, client } as const;
    const observed = { apiServer: plane.part("kube-apiserver"), etcd: plane.part("etcd"), kwok };
    await warmUpPods(parts);
    const before = readProcesses(observed);
    const life = await createAll(parts);
    const spent = costs(before, readProcesses(observed), size.pods);
    return { life, spent, releasedPerSecond: await releaseRate(parts), againPerSecond: await createAgain(parts) };
  } finally {
    client.close();
  }
}

/** Waits until the API server asks the webhook, which answers a dry run with a warning. */
async function untilAsked({ kubectl }: ControlPlane, size: ScaleSize): Promise<void> {
  const [request] = podRequests(size, {
    namespace: namespaces.warm,
    prefix: "probe",
    first: 0,
    count: 1,
    kind: "plain",
  });
  const limit = AbortSignal.timeout(registrationMs);
  for (;;) {
    const { stderr } = await kubectl.run(["create", "--dry-run=server", "-f", "-"], { input: request?.body ?? "" });
    if (stderr.includes("asked the no-op webhook")) return;
    if (limit.aborted) throw new Error(`the API server does not ask the no-op webhook: ${stderr}`);
  }
}
