import * as z from "zod";
import type { NetworkSelection } from "./network-selection.ts";

export const statusKey = "k8s.v1.cni.cncf.io/network-status";

const list = z.array(z.string()).nullish();

const entry = z.looseObject({ name: z.string(), interface: z.string().optional(), default: z.boolean().optional() });

/** One entry of the annotation, with everything that Multus wrote into it. */
export type NetworkStatus = z.infer<typeof entry>;

export function readStatuses(annotations: Readonly<Record<string, string>>): readonly NetworkStatus[] {
  const text = annotations[statusKey];
  return text === undefined ? [] : z.array(entry).parse(JSON.parse(text));
}

/** The form in which it is written: each entry indented by four blanks, and no blank between entries. */
export function printStatuses(statuses: readonly NetworkStatus[]): string {
  return `[${statuses.map((status) => JSON.stringify(status, undefined, 4)).join(",")}]`;
}

const result = z.object({
  interfaces: z
    .array(
      z.object({
        name: z.string(),
        mac: z.string().optional(),
        mtu: z.number().optional(),
        sandbox: z.string().optional(),
      }),
    )
    .nullish(),
  ips: z.array(z.object({ address: z.string() })).nullish(),
  routes: z.array(z.object({ dst: z.string(), gw: z.string().optional() })).nullish(),
  dns: z.object({ nameservers: list, domain: z.string().optional(), search: list, options: list }).nullish(),
});

/** A CNI result, as the thick plugin answers it whatever version the definition has. */
export type DelegateResult = z.infer<typeof result>;

export const delegateAnswer = z.object({ Result: result.nullish() });

/**
 * The entry for what one ADD has made. An attachment has one entry, with the last interface that lies in the pod and all
 * addresses of the result.
 */
export function statusOf({ interfaces, ips, routes, dns }: DelegateResult, name: string): NetworkStatus {
  const inPod = interfaces?.findLast(({ sandbox }) => sandbox !== undefined && sandbox !== "");
  const gateway = (routes ?? []).filter(({ dst }) => isDefault(dst)).map(({ gw }) => gw ?? "<nil>");
  const addresses = (ips ?? []).map(({ address }) => address.replace(/\/.*/, ""));
  return {
    name,
    interface: inPod?.name ?? "",
    ...(addresses.length > 0 ? { ips: addresses } : {}),
    ...(inPod?.mac ? { mac: inPod.mac } : {}),
    ...(inPod?.mtu ? { mtu: inPod.mtu } : {}),
    dns: Object.fromEntries(Object.entries(dns ?? {}).filter(([, value]) => (value?.length ?? 0) > 0)),
    ...(gateway.length > 0 ? { gateway } : {}),
  };
}

function isDefault(dst: string): boolean {
  return /^(0\.0\.0\.0|::)\//.test(dst);
}

/** The outcome for one attachment. Without a result it was removed. */
export interface AttachmentOutcome {
  readonly selection: NetworkSelection;
  readonly result?: DelegateResult | undefined;
}

/**
 * The statuses after these outcomes. The original keeps them in a map while it takes some out, so that their order means nothing
 * and one entry of a key is left. Here the last comes first, so that nobody relies on the order.
 */
export function updatedStatuses(
  statuses: readonly NetworkStatus[],
  outcomes: readonly AttachmentOutcome[],
): readonly NetworkStatus[] {
  const added = outcomes.flatMap(({ selection, result: made }) =>
    made === undefined ? [] : [statusOf(made, `${selection.namespace}/${selection.name}`)],
  );
  const byKey = new Map([...statuses, ...added].map((status) => [statusKeyOf(status), status]));
  for (const { selection, result: made } of outcomes) if (made === undefined) byKey.delete(removalKeyOf(selection));
  return [...byKey.values()].reverse();
}

export function statusKeyOf({ name, interface: ifname = "" }: NetworkStatus): string {
  return `${name}/${ifname}`;
}

function removalKeyOf({ namespace, name, interface: ifname }: NetworkSelection): string {
  return `${namespace}/${name}/${ifname}`;
}
