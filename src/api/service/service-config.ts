// Reads a Service of Kubernetes that says to be served on a network of ours.
import * as z from "zod";
import { serviceKeys } from "../annotation-keys.ts";

/** The label by which kube-proxy leaves a Service to others, with the value for us. */
export const serviceProxy = { label: "service.kubernetes.io/service-proxy-name", value: "ovn4nfv" } as const;

/** True for a Service with that label. */
export function isOurs({ labels = {} }: { readonly labels?: Readonly<Record<string, string>> | undefined }): boolean {
  return labels[serviceProxy.label] === serviceProxy.value;
}

/** The class of Services that are reached from outside by an Uplink. It is never ours to serve another one. */
export const uplinkClass = "k8s.plugin.opnfv.org/uplink";

export const protocols = ["TCP", "UDP", "SCTP"] as const;

export interface ServicePort {
  readonly protocol: (typeof protocols)[number];
  readonly port: number;
  /** A number, or the name of a port of the containers. */
  readonly target: number | string;
}

/** The wishes of a Service, with every default filled in. */
export interface ServiceConfig {
  /** `namespace/name` or `name` of a definition of ours, or the name of a Network. */
  readonly network: string;
  /** Texts of the addresses that the user wants, or that were chosen before. Empty for any. */
  readonly addresses: readonly string[];
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** The seconds for which a client keeps its backend; undefined when each connection may go to another one. */
  readonly affinitySeconds: number | undefined;
  readonly publishNotReady: boolean;
  /** True when the Service has a ClusterIP as well, which is not served. */
  readonly hasClusterIp: boolean;
  /** The wish to be reached from outside; undefined where the type and the class of the Service do not ask for it. */
  readonly outside: OutsideWish | undefined;
}

export interface OutsideWish {
  /** Texts of the addresses that the user wants. Empty for any. */
  readonly addresses: readonly string[];
}

const specSchema = z.looseObject({
  type: z.string().nullish(),
  loadBalancerClass: z.string().nullish(),
  clusterIP: z.string().nullish(),
  selector: z.record(z.string(), z.string()).nullish(),
  sessionAffinity: z.string().nullish(),
  sessionAffinityConfig: z
    .looseObject({ clientIP: z.looseObject({ timeoutSeconds: z.int().nullish() }).nullish() })
    .nullish(),
  publishNotReadyAddresses: z.boolean().nullish(),
  ports: z
    .array(
      z.looseObject({
        port: z.int(),
        protocol: z.enum(protocols).nullish(),
        targetPort: z.union([z.int(), z.string()]).nullish(),
      }),
    )
    .nullish(),
});

/** The time of Kubernetes for `sessionAffinity: ClientIP`. */
const defaultAffinitySeconds = 10_800;
/** OVN keeps no client for longer. */
const maxAffinitySeconds = 65_535;

/** Gives the reason in words where the Service cannot be served whatever else there is. */
export function parseService(object: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly spec: unknown;
}): ServiceConfig | string {
  const { serviceNetwork, serviceIps, outsideIps } = serviceKeys;
  const { annotations = {} } = object.metadata;
  const listed = (key: string): readonly string[] =>
    (annotations[key] ?? "").split(/[\s,]+/).filter((text) => text !== "");
  const parsed = specSchema.safeParse(object.spec ?? {});
  if (!parsed.success) return `spec is not that of a Service: ${z.prettifyError(parsed.error)}`;
  const spec = parsed.data;
  const network = annotations[serviceNetwork.key]?.trim() ?? "";
  if (network === "") return `name a network in the annotation ${serviceNetwork.key}`;
  if (spec.type === "ExternalName") return "a Service of the type ExternalName has no backends; use another type";
  const selector = spec.selector ?? {};
  if (Object.keys(selector).length === 0) return "a Service without a selector has no backends; write spec.selector";
  const ports = (spec.ports ?? []).map(({ port, protocol, targetPort }) => ({
    protocol: protocol ?? "TCP",
    port,
    target: targetPort ?? port,
  }));
  if (ports.length === 0) return "a Service without ports serves nothing; write spec.ports";
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds;
  return {
    network,
    addresses: listed(serviceIps.key),
    selector,
    ports,
    affinitySeconds: spec.sessionAffinity === "ClientIP" ? Math.min(timeout, maxAffinitySeconds) : undefined,
    publishNotReady: spec.publishNotReadyAddresses ?? false,
    hasClusterIp: !["None", "", undefined, null].includes(spec.clusterIP),
    outside: asksOutside(spec) ? { addresses: listed(outsideIps.key) } : undefined,
  };
}

const wishSchema = z.looseObject({ type: z.literal("LoadBalancer"), loadBalancerClass: z.literal(uplinkClass) });

/** True when type and class of a Service ask to be reached from outside, whatever else its spec says. */
export function asksOutside(spec: unknown): boolean {
  return wishSchema.safeParse(spec).success;
}
