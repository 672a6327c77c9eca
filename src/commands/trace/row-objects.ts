// Names the Kubernetes object that a row of NB was made for, by the `external_ids` that all rows of ours carry.
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isForbidden } from "#src/kube/client/api-error.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { chainScopes } from "#src/ovn/rows/chain-rows.ts";
import { floatingIpScopes } from "#src/ovn/rows/floating-ip-rows.ts";
import { policyScope } from "#src/ovn/rows/policy-rows.ts";
import { serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { topologyScope } from "#src/ovn/rows/topology.ts";
import { uplinkScopes } from "#src/ovn/rows/uplink-rows.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";

/** The object that a row belongs to. */
export type RowObject =
  | { readonly kind: "Pod" | "IPAMClaim"; readonly namespace: string; readonly name: string }
  /** The rule of a pod's floating address tells the allocation, and not the name of the pod. */
  | { readonly kind: "nameless pod"; readonly namespace: string; readonly allocation: string }
  | { readonly kind: "unnamed"; readonly resources: readonly Resource[]; readonly uid: string }
  /** The row names its policies; several together can isolate a pod. */
  | { readonly kind: "policies"; readonly names: string }
  | { readonly kind: "installation" }
  | { readonly kind: "foreign" };

/** The kinds whose rows have a scope of their own before the UID. A kind without one has the UID alone. */
const scopes: Readonly<Record<string, readonly Resource[]>> = {
  [chainScopes]: [resources.networkChainings],
  [serviceScopes]: [resources.services],
  [uplinkScopes]: [resources.uplinks],
  [floatingIpScopes]: [resources.floatingIps],
};
const unscoped = [resources.networks, resources.providerNetworks];

export function objectOfRow(ids: ReadonlyMap<string, string>): RowObject {
  if (ids.get(externalId("owner")) !== ownerValue) return { kind: "foreign" };
  const owner = portOwner(ids);
  if (owner !== undefined) {
    const { namespace, pod: name, allocation } = owner;
    return name === "" ? { kind: "nameless pod", namespace, allocation } : { kind: "Pod", namespace, name };
  }
  const claim = claimOf(ids);
  if (claim !== undefined) return { kind: "IPAMClaim", namespace: claim.namespace, name: claim.name };
  const [first = "", second = ""] = (ids.get(externalId("row")) ?? "").split("/");
  if (first === topologyScope || first === "") return { kind: "installation" };
  if (first === policyScope) return { kind: "policies", names: ids.get(externalId("policy")) ?? "" };
  const scoped = scopes[first];
  return scoped === undefined
    ? { kind: "unnamed", resources: unscoped, uid: first }
    : { kind: "unnamed", resources: scoped, uid: second };
}

/** The name of the row's object that people know, as `NetworkChaining default/web`. */
export type NameObject = (ids: ReadonlyMap<string, string>) => string;

/**
 * Reads the names of the objects that the rows belong to. Where there is no cluster, or the user may not read it, an object has
 * the name that its rows give it, by UID in `known`, or its kind and UID. The names of pods are there by allocation.
 */
export async function readObjectNames(
  client: ApiClient | undefined,
  rows: readonly ReadonlyMap<string, string>[],
  known: ReadonlyMap<string, string>,
  call: CallOptions,
): Promise<NameObject> {
  const wanted = rows.map(objectOfRow);
  const kinds = new Set(wanted.flatMap((one) => (one.kind === "unnamed" ? one.resources : [])));
  const names = new Map(known);
  for (const resource of client === undefined ? [] : kinds) {
    for (const { metadata } of await listReadable(new ResourceApi(client as ApiClient, resource), call)) {
      const { namespace, name, uid } = metadata;
      names.set(uid, `${resource.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
    }
  }
  return (ids) => {
    const object = objectOfRow(ids);
    switch (object.kind) {
      case "Pod":
      case "IPAMClaim":
        return `${object.kind} ${object.namespace}/${object.name}`;
      case "nameless pod":
        return names.get(object.allocation) ?? `a pod of ${object.namespace}`;
      case "policies":
        return object.names === "" ? "network policies" : `MultiNetworkPolicy ${object.names}`;
      case "installation":
        return "ovn4nfv";
      case "foreign":
        return "somebody else";
      case "unnamed":
        return names.get(object.uid) ?? `${object.resources.map(({ kind }) => kind).join(" or ")} ${object.uid}`;
    }
  };
}

async function listReadable(api: ResourceApi, call: CallOptions) {
  try {
    return await api.listInstalled({}, call);
  } catch (caught) {
    if (!isForbidden(caught)) throw caught;
    return [];
  }
}
