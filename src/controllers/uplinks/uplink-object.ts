import { parseUplink, type UplinkConfig } from "#src/api/uplink/uplink-config.ts";
import { type UplinkStatus, uplinkStatusSchema } from "#src/api/uplink/uplink-schema.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";

/** The part of an Uplink object that is kept. */
export interface UplinkObject extends ObjectLife {
  readonly name: string;
  /** The object's metadata, for conditional patches. */
  readonly object: KubeObject;
  /** The reason in words where the object breaks a rule. */
  readonly config: UplinkConfig | string;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: UplinkStatus | undefined;
}

export const uplinkFinalizer = "k8s.plugin.opnfv.org/uplink";

/** Keeps only the fields that are read. */
export function projectUplink(raw: KubeObject): UplinkObject {
  const { name, uid, resourceVersion, finalizers = [] } = raw.metadata;
  return {
    ...objectLife(raw),
    name,
    object: { metadata: { name, uid, resourceVersion, finalizers } },
    config: readOrSay(() => parseUplink({ metadata: { name, uid }, spec: raw["spec"] })),
    status: uplinkStatusSchema.safeParse(raw["status"]).data,
  };
}
