import { printSelector } from "#src/api/network/label-selector.ts";
import { type NetworkSpec, type NetworkStatus, networkSpecSchema } from "#src/api/network/network-schema.ts";
import { printCount } from "#src/net/count-text.ts";

type Columns = NonNullable<NetworkStatus["columns"]>;
type Pools = NonNullable<NetworkStatus["pools"]>;

const maxText = 120;

/** Makes the texts that `kubectl get networks` shows: its columns can hold one value of a list, and no sum. */
export function networkColumns(spec: unknown, pools: Pools): Columns {
  const read = networkSpecSchema.safeParse(spec).data;
  const used = bounded(pools.map(usedText).join(" "));
  if (read === undefined) return { subnets: "", used, allowed: "" };
  const subnets = [...(read.ipv4Subnets ?? []), ...(read.ipv6Subnets ?? [])].map(({ subnet }) => subnet);
  return { subnets: bounded(subnets.join(" ")), used, allowed: bounded(allowedText(read)) };
}

function usedText({ name, used, capacity }: Pools[number]): string {
  const text = `${printCount(BigInt(used))}/${printCount(BigInt(capacity))}`;
  return name === undefined ? text : `${name}:${text}`;
}

/** The tag of the frames of a ProviderNetwork on its wire. */
export function wireText({ tag, trunk }: { readonly tag: number | undefined; readonly trunk: boolean }): string {
  return tag?.toString() ?? (trunk ? "trunk" : "none");
}

function allowedText({ allowedNamespaces, adopt }: NetworkSpec): string {
  if (allowedNamespaces === undefined) return adopt === true ? "as its switch" : "all";
  const { names = [], selector } = allowedNamespaces;
  const labels = selector === undefined ? [] : [printSelector(selector) || "all"];
  return [...names, ...labels].join(",") || "none";
}

function bounded(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText - 1)}…`;
}
