// The objects of which Services on networks are made, as far as they are looked at here.
import * as z from "zod";
import { serviceKeys } from "#src/api/annotation-keys.ts";
import { parseNetwork } from "#src/api/network/network-config.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import { asksOutside, parseService, type ServiceConfig } from "#src/api/service/service-config.ts";
import { readOrSay } from "#src/core/refusals.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type ObjectLife, objectLife } from "#src/kube/client/object-life.ts";
import { type Family, type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import type { IpRange } from "#src/net/range.ts";
import type { NetworkedPod } from "../pods/networked-pod.ts";

/** The type of the condition in the status of a Service. */
export const serviceCondition = "k8s.plugin.opnfv.org/Served";

/** The type of the condition of a Service that asks to be reached from outside. */
export const outsideCondition = "k8s.plugin.opnfv.org/ServedOutside";

const families: readonly Family[] = [4, 6];

/** A condition as it was told. */
export interface ToldCondition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A Service that asks to be served on a network. */
export interface ServiceObject extends ObjectLife {
  readonly namespace: string;
  readonly name: string;
  /** The reason in words where it cannot be served. */
  readonly config: ServiceConfig | string;
  /** The annotation with its addresses, as it is stored. */
  readonly addressText: string | undefined;
  /** The last word of the controller. */
  readonly told: ToldCondition | undefined;
  /** The last word about the way from outside. */
  readonly toldOutside: ToldCondition | undefined;
  /** The addresses outside that its status names. */
  readonly ingress: readonly IpAddress[];
  /** True while its type and class ask for the way from outside, also where it cannot be served. */
  readonly asksOutside: boolean;
}

const statusSchema = z.looseObject({
  loadBalancer: z.looseObject({ ingress: z.array(z.looseObject({ ip: z.string().nullish() })).nullish() }).nullish(),
  conditions: z
    .array(
      z.looseObject({
        type: z.string(),
        status: z.string(),
        reason: z.string().default(""),
        message: z.string().default(""),
      }),
    )
    .nullish(),
});

/** Keeps only the fields that are read. */
export function projectService(raw: KubeObject): ServiceObject {
  const { name, namespace = "", annotations = {} } = raw.metadata;
  const status = statusSchema.safeParse(raw["status"]).data;
  const conditions = status?.conditions ?? [];
  return {
    ...objectLife(raw),
    namespace,
    name,
    config: parseService({ metadata: { annotations }, spec: raw["spec"] }),
    addressText: annotations[serviceKeys.serviceIps.key],
    told: conditions.find(({ type }) => type === serviceCondition),
    toldOutside: conditions.find(({ type }) => type === outsideCondition),
    ingress: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => parseIp(ip ?? "") ?? []),
    asksOutside: asksOutside(raw["spec"]),
  };
}

/** The reasons with which a Service has its addresses. An annotation only asks for some of the others. */
const reasonsWithAddress: ReadonlySet<string> = new Set(["Served", "NoBackends", "NoSuchNamedPort"]);

/** True where this word of ours says that the Service has the addresses of its annotation. */
export function hasAddress(told: ToldCondition | undefined): boolean {
  return reasonsWithAddress.has(told?.reason ?? "");
}

/** The addresses that the Service was told it has. */
export function promisedAddresses({ config, told, deleting }: ServiceObject): readonly string[] {
  if (typeof config === "string" || deleting || !hasAddress(told)) return [];
  return config.addresses.flatMap((text) => {
    const address = parseIp(text);
    return address === undefined ? [] : [printIp(address)];
  });
}

/**
 * Gives the addresses outside that we told the Service it has, at most one of each family. Whoever writes more into the status
 * does not keep them from others.
 */
export function toldAddressesOf({ ingress, toldOutside }: ServiceObject): readonly IpAddress[] {
  if (toldOutside === undefined) return [];
  return families.flatMap((family) => ingress.find((one) => one.family === family) ?? []);
}

/** Gives the addresses outside that are the Service's by its status. */
export function promisedOutside(service: ServiceObject): readonly string[] {
  return service.deleting || !service.asksOutside ? [] : toldAddressesOf(service).map(printIp);
}

/** A Network as a Service may name it. */
export interface ServiceNetwork {
  readonly name: string;
  readonly uid: string;
  readonly routed: boolean;
  readonly ranges: readonly IpRange[];
  /** The families of its subnets. */
  readonly families: readonly Family[];
  /** The Uplink by which it leaves; undefined for that of the controller's flags, or none. */
  readonly uplink: string | undefined;
  readonly allowed:
    | "*"
    | "inherited"
    | { readonly names: readonly string[]; readonly selector: LabelSelector | undefined };
}

/** By what Services are found. */
export const serviceIndexers = {
  uid: ({ uid }: ServiceObject) => [uid],
  namespace: ({ namespace }: ServiceObject) => [namespace],
  promised: promisedAddresses,
  outside: promisedOutside,
};

/** Keeps only the fields that are read. One that is wrong, or that is being deleted, serves nobody. */
export function projectServiceNetwork(raw: KubeObject): ServiceNetwork | undefined {
  const { name, namespace = "", uid, deletionTimestamp } = raw.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const config = readOrSay(() => parseNetwork({ metadata: { name, namespace, uid }, spec: raw["spec"] }));
  if (typeof config === "string") return undefined;
  const { routed, serviceAddresses: ranges, subnets, uplink, allowed } = config;
  const families = [...new Set(subnets.map(({ cidr }) => cidr.family))].sort();
  return { name, uid, routed, ranges, families, uplink, allowed };
}

/** A pod that may be a backend. */
export type BackendPod = Pick<NetworkedPod, "namespace" | "uid" | "labels" | "ready" | "ending" | "ports">;

/** The fields by which a pod is one. */
export const backendFields = ["labels", "ready", "ending", "ports"] as const;
