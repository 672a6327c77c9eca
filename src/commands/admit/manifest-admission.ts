import { type PodController, readPod } from "#src/api/pod/pod-metadata.ts";
import { applyPatch } from "#src/api/text/apply-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { isRefusal } from "#src/core/errors.ts";
import type { DecidePod, PodDecision } from "#src/pods/pod-decision.ts";

/** A pod of a manifest, or the first pod of a workload with what will control it. */
export interface ManifestPod {
  readonly pod: JsonObject;
  readonly controller: PodController | undefined;
}

/** A pod of a manifest, and what was decided about it. */
export interface AdmittedManifest {
  /** `namespace/name`; a name that is still to be generated ends with `*`. */
  readonly pod: string;
  readonly decision: PodDecision;
  /** The pod as it would be stored; undefined when it is refused. */
  readonly stored: JsonObject | undefined;
}

/** Lets `decide` decide about a pod as if somebody was creating it. Throws faults that are no refusals. */
export async function admitManifest(
  { pod, controller }: ManifestPod,
  decide: DecidePod,
  dryRun: boolean,
  call: Required<CallOptions>,
): Promise<AdmittedManifest> {
  let name = "?";
  try {
    const { metadata } = readPod(pod);
    const { namespace = "" } = metadata;
    name = `${namespace}/${metadata.name ?? `${metadata.generateName ?? ""}*`}`;
    const decision = await decide({ object: pod, namespace, dryRun, controller, username: "ovn4nfv admit" }, call);
    return { pod: name, decision, stored: storedOf(pod, decision) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { pod: name, decision: { kind: "refused", error, warnings: [] }, stored: undefined };
  }
}

function storedOf(pod: JsonObject, decision: PodDecision): JsonObject | undefined {
  switch (decision.kind) {
    case "refused":
      return undefined;
    case "unchanged":
      return pod;
    case "patched":
      return applyPatch(pod, decision.patch);
  }
}
