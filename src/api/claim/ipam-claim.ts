// The standard object IPAMClaim (k8snetworkplumbingwg/ipamclaims), as far as we read and write it.
import * as z from "zod";
import { type IpAddress, parseIp, printIp } from "#src/net/ip.ts";
import { type Mac, parseMac } from "#src/net/mac.ts";

const condition = z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
  observedGeneration: z.number().optional(),
});

/** The status in the form of the standard. `ips` are addresses with the length of the prefix. */
export const ipamClaimStatusSchema = z.object({
  ips: z.array(z.string()).default([]),
  // Odd words in these two take no addresses away.
  ownerPod: z.object({ name: z.string() }).nullish().catch(undefined),
  conditions: z.array(condition).optional().catch(undefined),
});

export type IpamClaimStatus = z.output<typeof ipamClaimStatusSchema>;

const objectSchema = z.object({
  spec: z.object({ network: z.string() }).optional().catch(undefined),
  status: z.unknown().optional(),
});

/** The part of an IPAMClaim that is read. */
export interface IpamClaim {
  /** The name of the network configuration that it is for; "" for an object without it. */
  readonly network: string;
  readonly status: IpamClaimStatus | undefined;
  /** Undefined when a text of the status is no address. Empty while it has none. */
  readonly ips: readonly IpAddress[] | undefined;
  /** The facts of our annotation. Undefined when we keep nothing for it. */
  readonly kept: KeptFacts | undefined;
}

/** The facts about the addresses of a claim for which the standard has no field. They are in an annotation on it. */
export interface KeptFacts {
  /** Our name of the network. */
  readonly network: string;
  readonly mac: Mac;
}

const keptSchema = z.object({ network: z.string(), mac: z.string() });

/** Reads an IPAMClaim that the API server stored. Nothing in it makes it fail. */
export function readIpamClaim(object: object, keptAnnotation: string | undefined): IpamClaim {
  const { spec, status: raw } = objectSchema.safeParse(object).data ?? {};
  const read = ipamClaimStatusSchema.nullish().safeParse(raw);
  const status = read.data ?? undefined;
  const ips = (status?.ips ?? []).map(parsePlain).filter((ip) => ip !== undefined);
  return {
    network: spec?.network ?? "",
    status,
    ips: read.success && ips.length === (status?.ips.length ?? 0) ? ips : undefined,
    kept: readKept(keptAnnotation),
  };
}

export function printKept({ network, mac }: KeptFacts): string {
  return JSON.stringify({ network, mac });
}

/** True when both lists have the same addresses, in whatever order and with whatever prefix lengths. */
export function haveSameIps(a: readonly string[], b: readonly string[]): boolean {
  const plain = (texts: readonly string[]) => JSON.stringify(texts.map(plainText).sort());
  return plain(a) === plain(b);
}

function plainText(text: string): string {
  const ip = parsePlain(text);
  return ip === undefined ? text : printIp(ip);
}

/** ovn-kubernetes writes the length of the prefix behind an address, and others may leave it out. */
function parsePlain(text: string): IpAddress | undefined {
  return parseIp(text.replace(/\/[0-9]{1,3}$/, ""));
}

function readKept(text: string | undefined): KeptFacts | undefined {
  if (text === undefined) return undefined;
  const { network, mac } = keptSchema.safeParse(readJson(text)).data ?? {};
  const parsed = parseMac(mac ?? "");
  return network === undefined || parsed === undefined ? undefined : { network, mac: parsed };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
