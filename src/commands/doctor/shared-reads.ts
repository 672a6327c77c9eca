// Reads once what several parts of doctor need.
import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { type Read, read } from "./read.ts";

export interface InstalledPlace {
  readonly client: ApiClient;
  /** The namespace of the installation. */
  readonly namespace: string;
  readonly definition: { readonly namespace: string; readonly name: string };
}

export interface SharedReads {
  /** Its version, and its clock. */
  readonly apiServer: Promise<Read<{ readonly version: string; readonly nowMs: number }>>;
  /** The pods of the agents. */
  readonly agents: Promise<readonly KubeObject[]>;
  /** Our NetworkAttachmentDefinition; undefined when there is none. */
  readonly definition: Promise<KubeObject | undefined>;
}

/** Begins to read, and does not wait. */
export function beginSharedReads(place: InstalledPlace, call: CallOptions): SharedReads {
  const { client, namespace } = place;
  const agents = listPods(client, { namespace, name: "ovn4nfv-agent" }, call);
  const definition = new ResourceApi(client, resources.networkAttachmentDefinitions).find(place.definition, call);
  // Each of those who wait for them has the error.
  for (const each of [agents, definition]) each.catch(() => undefined);
  return { apiServer: read(() => readApiServer(client, call)), agents, definition };
}

/** The pods of a workload of ours, of all namespaces when none is named. */
export async function listPods(
  client: ApiClient,
  { namespace, name }: { readonly namespace?: string; readonly name: string },
  call: CallOptions,
): Promise<readonly KubeObject[]> {
  const labelSelector = `app.kubernetes.io/name=${name}`;
  const selection = namespace === undefined ? { labelSelector } : { namespace, labelSelector };
  return (await new ResourceApi(client, resources.pods).list(selection, call)).items;
}

const versionAnswer = z.looseObject({ gitVersion: z.string() });
const dated = z.looseObject({ metadata: z.looseObject({ creationTimestamp: z.string() }) });

/** The server's version and clock. Every object that it makes carries the time; a SelfSubjectReview is never stored. */
async function readApiServer(client: ApiClient, call: CallOptions) {
  const { gitVersion } = versionAnswer.parse(await client.request({ ...call, method: "GET", path: "/version" }));
  const kind = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const { metadata } = dated.parse(await client.request({ ...call, method: "POST", path, body: kind }));
  return { version: gitVersion.replace(/^v/, ""), nowMs: Date.parse(metadata.creationTimestamp) };
}
