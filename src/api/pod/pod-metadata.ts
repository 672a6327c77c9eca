// The parts of a Kubernetes Pod that the product reads, as plain values, and how far the pod is in its life.
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { annotationKeys } from "../annotation-keys.ts";
import { listOf, textMap } from "../text/first-fault.ts";

/** The kubelet writes it on the pod that stands in the API for a static pod. Its value is the hash of the static pod. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";

const networksReady = annotationKeys.networksReady.key;

const text = z.string().nullish();

const owner = z.object({ apiVersion: text, kind: text, name: text, uid: text, controller: z.boolean().nullish() });

/** It has no transforms, because zod cannot compile them and a pod is read in every review. */
const podSchema = z.object({
  metadata: z.object({
    name: text,
    generateName: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    creationTimestamp: text,
    deletionTimestamp: text,
    deletionGracePeriodSeconds: z.number().nullish(),
    annotations: textMap.nullish(),
    labels: textMap.nullish(),
    finalizers: listOf(z.string()).nullish(),
    ownerReferences: listOf(owner).nullish(),
  }),
  spec: z
    .object({
      hostNetwork: z.boolean().nullish(),
      hostname: text,
      nodeName: text,
      restartPolicy: text,
      nodeSelector: textMap.nullish(),
      readinessGates: listOf(z.object({ conditionType: text })).nullish(),
    })
    .nullish(),
  status: z
    .object({ phase: text, reason: text, conditions: listOf(z.object({ type: text, status: text })).nullish() })
    .nullish(),
});

/** The workload that controls a pod. */
export interface PodController {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * The parts of a Pod that we read: absent, null and empty texts are `undefined`, absent maps and lists are empty. On
 * CREATE name, namespace and uid may be absent.
 */
export interface PodMetadata {
  readonly metadata: {
    readonly name: string | undefined;
    readonly generateName: string | undefined;
    readonly namespace: string | undefined;
    readonly uid: string | undefined;
    readonly resourceVersion: string | undefined;
    readonly creationTimestamp: string | undefined;
    readonly deletionTimestamp: string | undefined;
    readonly deletionGracePeriodSeconds: number | undefined;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    readonly finalizers: readonly string[];
    /** Undefined for a pod that nobody controls. */
    readonly controller?: PodController | undefined;
  };
  readonly spec: {
    readonly hostNetwork: boolean;
    readonly hostname: string | undefined;
    readonly nodeName: string | undefined;
    readonly restartPolicy: string | undefined;
    readonly nodeSelector: Readonly<Record<string, string>>;
    /** True when the pod is Ready only while our condition on its networks is true. */
    readonly waitsForNetworks: boolean;
  };
  readonly status: {
    readonly phase: string | undefined;
    readonly reason: string | undefined;
    /** The status of our condition on the networks. */
    readonly networksReady: string | undefined;
  };
}

/**
 * Reads a Pod as the API server sends it, and ignores everything else in it. Throws `Malformed` for an object that is
 * no Pod.
 */
export function readPod(object: unknown): PodMetadata {
  const result = podSchema.safeParse(object);
  if (result.success) return podOf(result.data);
  const issue = result.error.issues[0];
  throw refusal(
    "Malformed",
    {
      field: ["pod", ...(issue?.path ?? [])].map(String).join("."),
      value: undefined,
      reason: `is not what a Pod has there: ${issue?.message ?? "unknown"}`,
      remedy: "send a Pod of v1",
    },
    result.error,
  );
}

function podOf({ metadata, spec, status }: z.output<typeof podSchema>): PodMetadata {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return {
    metadata: {
      name: metadata.name || undefined,
      generateName: metadata.generateName || undefined,
      namespace: metadata.namespace || undefined,
      uid: metadata.uid || undefined,
      resourceVersion: metadata.resourceVersion || undefined,
      creationTimestamp: metadata.creationTimestamp || undefined,
      deletionTimestamp: metadata.deletionTimestamp || undefined,
      deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds ?? undefined,
      annotations: metadata.annotations ?? {},
      labels: metadata.labels ?? {},
      finalizers: metadata.finalizers ?? [],
      ...(controller === undefined ? {} : { controller: controllerOf(controller) }),
    },
    spec: {
      hostNetwork: spec?.hostNetwork ?? false,
      hostname: spec?.hostname || undefined,
      nodeName: spec?.nodeName || undefined,
      restartPolicy: spec?.restartPolicy || undefined,
      nodeSelector: spec?.nodeSelector ?? {},
      waitsForNetworks: spec?.readinessGates?.some(({ conditionType }) => conditionType === networksReady) ?? false,
    },
    status: {
      phase: status?.phase || undefined,
      reason: status?.reason || undefined,
      networksReady: status?.conditions?.find(({ type }) => type === networksReady)?.status || undefined,
    },
  };
}

function controllerOf({ apiVersion, kind, name, uid }: z.output<typeof owner>): PodController {
  return { apiVersion: apiVersion ?? "", kind: kind ?? "", name: name ?? "", uid: uid ?? "" };
}
