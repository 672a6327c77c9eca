// The stand-in as a process on a node: `main.ts NODE KUBECONFIG MULTUS-SOCKET CRI-SOCKET`.
import { systemClock } from "#src/core/clock.ts";
import { createLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { isConflict } from "#src/kube/client/api-error.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { sandboxFinder } from "./cri-client.ts";
import { delegateCaller } from "./delegate-call.ts";
import { networksKey } from "./network-selection.ts";
import { statusKey } from "./network-status.ts";
import { type NetworkedPod, PodNetworksController } from "./pod-networks-controller.ts";

const [nodeName = "", kubeconfig = "", socketPath = "", criSocket = ""] = process.argv.slice(2);
const clock = systemClock;
const logger = createLogger("info");
const metrics = createMetrics();
const config = loadKubeConfig({ path: kubeconfig });
const client = new HttpsApiClient({ config, clock, metrics, userAgent: "dynamic-networks-stand-in" });
const shared = { client, clock, logger, metrics };
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

const pods = new Informer({
  ...shared,
  name: "pods",
  resource: resources.pods,
  // Before a pod runs, its networks are the business of the runtime.
  fieldSelector: `spec.nodeName=${nodeName},status.phase=Running`,
  project: readNetworkedPod,
  indexers: {},
});
const definitions = new Informer({
  ...shared,
  name: "network-attachment-definitions",
  resource: resources.networkAttachmentDefinitions,
  project: (raw: KubeObject) => (raw["spec"] as { readonly config?: string } | undefined)?.config ?? "",
  indexers: {},
});
const podApi = new ResourceApi(client, resources.pods);
const eventApi = new ResourceApi(client, resources.events);

const controller = new PodNetworksController({
  podOf: (key) => pods.get(key),
  definitionOf: (namespace, name) => definitions.get(`${namespace}/${name}`),
  sandboxOf: sandboxFinder(criSocket),
  call: delegateCaller(socketPath),
  writeStatus,
  tell: (pod, type, reason, message) => void tell(pod, type, reason, message),
  log: (message) => {
    logger.warn({ message }, "networks of a pod were not changed");
  },
  sleep: (ms) => clock.sleep(ms),
});

function readNetworkedPod({ metadata, ...raw }: KubeObject): NetworkedPod {
  const { namespace = "", name, uid, annotations = {} } = metadata;
  const kept = [networksKey, statusKey].flatMap((key) => {
    const value = annotations[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const hostNetwork = (raw["spec"] as { readonly hostNetwork?: boolean } | undefined)?.hostNetwork === true;
  return { namespace, name, uid, annotations: Object.fromEntries(kept), hostNetwork };
}

/** Puts the whole pod back with another status, as the original does, and again when somebody else was faster. */
async function writeStatus({ namespace, name }: NetworkedPod, status: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const pod = await podApi.get({ namespace, name });
    const annotations = { ...pod.metadata.annotations, [statusKey]: status };
    const body = { ...pod, metadata: { ...pod.metadata, annotations } };
    try {
      await client.request({
        method: "PUT",
        path: `${resourcePath(resources.pods, { namespace, name })}/status`,
        body,
      });
      return;
    } catch (error) {
      if (!isConflict(error) || tries === 5) throw error;
    }
    await clock.sleep(10);
  }
}

async function tell(pod: NetworkedPod, type: string, reason: string, message: string): Promise<void> {
  const { namespace, name, uid } = pod;
  const now = new Date(clock.now()).toISOString().replace(/\.\d+Z/, "Z");
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: "pod-networks-updates" },
  };
  await eventApi.create(namespace, event).catch((error: unknown) => {
    logger.warn({ err: error }, "an event was lost");
  });
}

const runs = [pods.run(stop.signal), definitions.run(stop.signal)];
await Promise.all([pods.whenSynced(), definitions.whenSynced()]);
for (const pod of pods.values()) controller.begin(pod);
pods.addHandler({
  updated: (old, pod) => {
    controller.changed(old, pod);
  },
});
logger.info({ node: nodeName }, "dynamic networks controller started");
await Promise.all(runs);
