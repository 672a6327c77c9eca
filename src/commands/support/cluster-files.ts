import * as z from "zod";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { BundleFolder } from "./bundle-folder.ts";

const partOf = "app.kubernetes.io/part-of=ovn4nfv";

/** The files of the cluster: name, path of the API, and a selector. Secrets are not among them, and never will be. */
function files(namespace: string): readonly (readonly [file: string, path: string, labelSelector?: string])[] {
  const own = `/api/v1/namespaces/${namespace}`;
  const registration = "/apis/admissionregistration.k8s.io/v1";
  return [
    ["cluster/version.yaml", "/version"],
    ["cluster/nodes.yaml", "/api/v1/nodes"],
    ["cluster/deployments.yaml", `/apis/apps/v1/namespaces/${namespace}/deployments`],
    ["cluster/daemonsets.yaml", `/apis/apps/v1/namespaces/${namespace}/daemonsets`],
    ["cluster/configuration.yaml", `${own}/configmaps`],
    ["cluster/events.yaml", `${own}/events`],
    ["cluster/endpoints.yaml", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`],
    ["cluster/leases.yaml", `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`],
    ["cluster/mutating-webhooks.yaml", `${registration}/mutatingwebhookconfigurations`],
    ["cluster/validating-webhooks.yaml", `${registration}/validatingwebhookconfigurations`],
    ["cluster/guard.yaml", `${registration}/validatingadmissionpolicies`, partOf],
    ["cluster/networks.yaml", "/apis/k8s.plugin.opnfv.org/v1alpha1/networks"],
    ["cluster/definitions.yaml", "/apis/k8s.cni.cncf.io/v1/network-attachment-definitions"],
  ];
}

const ownKeys = new Set<string>(Object.values(annotationKeys).map(({ key }) => key));
const texts = z.record(z.string(), z.string()).nullish();

const podFacts = z.looseObject({
  items: z.array(
    z.object({
      metadata: z.looseObject({ annotations: texts }),
      spec: z.object({ nodeName: z.string().nullish() }),
      status: z.object({ phase: z.string().nullish() }).nullish(),
    }),
  ),
});

/** Of pods only metadata, node and phase are taken: a spec is the user's, with secrets in places that nobody can know. */
export function podFactsOf(list: unknown): unknown {
  return podFacts.parse(list).items.map(({ metadata, spec: { nodeName }, status }) => {
    const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => ownKeys.has(key));
    return { metadata: { ...metadata, annotations: Object.fromEntries(annotations) }, nodeName, phase: status?.phase };
  });
}

/** The pods of the installation, and all that hold addresses. */
function podFiles(namespace: string): readonly (readonly [file: string, path: string, labelSelector?: string])[] {
  return [
    ["cluster/pods.yaml", `/api/v1/namespaces/${namespace}/pods`],
    ["cluster/attached-pods.yaml", "/api/v1/pods", annotationKeys.allocation.key],
  ];
}

const podNames = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })) }),
    }),
  ),
});

/** The number of lines that are kept of each log, from its end. */
const logLines = 5_000;

/** Reads the objects that allocation depends on, and the logs of our processes. */
export async function addClusterFiles(
  bundle: Pick<BundleFolder, "add">,
  client: ApiClient,
  namespace: string,
  call: CallOptions,
): Promise<void> {
  const read = (path: string, labelSelector?: string) =>
    client.request({ ...call, method: "GET", path, query: { labelSelector, limit: 2_000 } });
  await Promise.all([
    ...files(namespace).map(([file, path, labelSelector]) => bundle.add(file, () => read(path, labelSelector))),
    ...podFiles(namespace).map(([file, path, labelSelector]) =>
      bundle.add(file, async () => podFactsOf(await read(path, labelSelector))),
    ),
  ]);
  await bundle.add("logs/index.yaml", async () => {
    const pods = podNames.parse(
      await client.request({ ...call, method: "GET", path: `/api/v1/namespaces/${namespace}/pods` }),
    );
    const logs = pods.items.flatMap(({ metadata, spec }) =>
      spec.containers.map(({ name }) => [metadata.name, name] as const),
    );
    await Promise.all(logs.map(([pod, container]) => addLog(bundle, client, namespace, pod, container, call)));
    return logs.map(([pod, container]) => `${pod}/${container}`);
  });
}

async function addLog(
  bundle: Pick<BundleFolder, "add">,
  client: ApiClient,
  namespace: string,
  pod: string,
  container: string,
  call: CallOptions,
): Promise<void> {
  await bundle.add(`logs/${pod}-${container}.log`, async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
    const query = { container, tailLines: logLines, limitBytes: 8 * 1_048_576 };
    const chunks: Uint8Array[] = [];
    for await (const chunk of await client.stream({ ...call, method: "GET", path, query })) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  });
}
