import { parseTap, type TapConfig } from "#src/api/tap/tap-config.ts";
import { type TapStatus, tapStatusSchema } from "#src/api/tap/tap-schema.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";

/** The part of a Tap that is kept. */
export interface TapObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** The reason in words where the object breaks a rule. */
  readonly config: TapConfig | string;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: TapStatus | undefined;
}

/** Keeps only the fields that are read. */
export function projectTap(raw: KubeObject): TapObject {
  const { name, namespace = "", uid, resourceVersion } = raw.metadata;
  return {
    ...objectLife(raw),
    namespace,
    name,
    resourceVersion,
    config: readOrSay(() => parseTap({ metadata: { name, namespace, uid }, spec: raw["spec"] })),
    status: tapStatusSchema.safeParse(raw["status"]).data,
  };
}
