import { type FloatingIpConfig, parseFloatingIp } from "#src/api/floating-ip/floating-ip-config.ts";
import { type FloatingIpStatus, floatingIpStatusSchema } from "#src/api/floating-ip/floating-ip-schema.ts";
import { readOrSay } from "#src/core/refusals.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";

/** The part of a FloatingIP that is kept. */
export interface FloatingIpObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  /** The object's metadata, for conditional patches. */
  readonly object: KubeObject;
  /** The reason in words where the object breaks a rule. */
  readonly config: FloatingIpConfig | string;
  /** Also undefined when somebody wrote a status that is none. */
  readonly status: FloatingIpStatus | undefined;
}

export const floatingIpFinalizer = "k8s.plugin.opnfv.org/floating-ip";

/** Keeps only the fields that are read. */
export function projectFloatingIp(raw: KubeObject): FloatingIpObject {
  const { name, namespace = "", uid, resourceVersion, finalizers = [] } = raw.metadata;
  return {
    ...objectLife(raw),
    namespace,
    name,
    object: { metadata: { name, namespace, uid, resourceVersion, finalizers } },
    config: readOrSay(() => parseFloatingIp({ spec: raw["spec"] })),
    status: floatingIpStatusSchema.safeParse(raw["status"]).data,
  };
}

/** The address that the status names, in the one way to write it. */
export function toldAddress({ status }: Pick<FloatingIpObject, "status">): readonly string[] {
  const address = parseIp(status?.address ?? "");
  return address === undefined ? [] : [printIp(address)];
}
