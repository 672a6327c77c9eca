import { z } from "zod";
import { AppError } from "#src/core/errors.ts";
import { parseCidr, printCidr } from "#src/net/cidr.ts";
import { parseIp, printIp } from "#src/net/ip.ts";
import { familyOfText, type PodInterface } from "./pod-interface.ts";
import { runProgram } from "./run-ip.ts";

const links = z.array(
  z.object({
    ifname: z.string(),
    address: z.string().optional(),
    mtu: z.number(),
    flags: z.array(z.string()),
    addr_info: z.array(z.object({ local: z.string().optional(), prefixlen: z.number() })),
  }),
);
const hop = z.object({ gateway: z.string().optional(), dev: z.string().optional() });
const routes = z.array(hop.extend({ dst: z.string(), nexthops: z.array(hop).optional() }));

/** What the kernel has in a pod's network namespace, as `ip -j` tells it. */
export interface PodState {
  readonly links: z.infer<typeof links>;
  readonly routes: z.infer<typeof routes>;
}

/** Reads links, addresses and routes of both families. Throws `CommandFailed` or `Aborted`. */
export async function readPodState(netns: string, signal: AbortSignal): Promise<PodState> {
  const list = (...args: readonly string[]): Promise<string> =>
    runProgram(["ip", "-j", ...args], "", { signal, netns });
  const [addresses, ipv4, ipv6] = await Promise.all([list("addr"), list("-4", "route"), list("-6", "route")]);
  return { links: read(links, addresses), routes: [...read(routes, ipv4), ...read(routes, ipv6)] };
}

function read<T extends z.ZodType>(schema: T, text: string): z.infer<T> {
  try {
    return schema.parse(text.trim() === "" ? [] : JSON.parse(text));
  } catch (cause) {
    throw new AppError("CommandFailed", "ip -j printed something else than was asked for", { cause });
  }
}

/** What CHECK finds wrong, one sentence each; none: the kernel has what the result says. */
export function differences(interfaces: readonly PodInterface[], state: PodState): readonly string[] {
  return interfaces.flatMap((expected) => {
    const link = state.links.find(({ ifname }) => ifname === expected.name);
    if (link === undefined) return [`${expected.name} is missing`];
    const { name, mac, mtu } = expected;
    const present = new Set(link.addr_info.map(({ local, prefixlen }) => `${local ?? ""}/${prefixlen.toString()}`));
    const missing = expected.addresses.filter((address) => !present.has(normalAddress(address)));
    return [
      ...(link.address === mac ? [] : [`${name} has MAC ${link.address ?? "none"} instead of ${mac}`]),
      ...(link.mtu === mtu ? [] : [`${name} has MTU ${link.mtu.toString()} instead of ${mtu.toString()}`]),
      ...(link.flags.includes("UP") ? [] : [`${name} is down`]),
      ...missing.map((address) => `${name} lacks the address ${address}`),
      ...missingRoutes(expected, state),
    ];
  });
}

function missingRoutes({ name, routes, defaultGateways }: PodInterface, state: PodState): readonly string[] {
  const has = (dst: string, gw: string | undefined): boolean =>
    state.routes.some((route) => {
      const hops = route.nexthops ?? [route];
      return route.dst === dst && hops.some(({ dev, gateway }) => dev === name && gateway === gw);
    });
  const wanted = [
    ...routes.map(({ dst, gw }) => ({ dst: normalDestination(dst), gw })),
    ...defaultGateways.map((gw) => ({ dst: "default", gw })),
  ];
  const lacking = wanted.filter(({ dst, gw }) => !has(dst, gw === undefined ? undefined : normalIp(gw)));
  return lacking.map(({ dst, gw }) => `${name} lacks the route to ${dst}${gw === undefined ? "" : ` by ${gw}`}`);
}

function normalIp(text: string): string {
  const ip = parseIp(text);
  return ip === undefined ? text : printIp(ip);
}

function normalAddress(text: string): string {
  const parsed = parseCidr(text);
  return parsed === undefined ? text : `${printIp(parsed.address)}/${parsed.cidr.prefixLength.toString()}`;
}

/** `ip` writes a host route without its prefix length and a route to everything as `default`. */
function normalDestination(text: string): string {
  const cidr = parseCidr(text)?.cidr;
  if (cidr === undefined) return text;
  if (cidr.prefixLength === 0) return "default";
  return cidr.prefixLength === (familyOfText(text) === 4 ? 32 : 128) ? printIp(cidr.first) : printCidr(cidr);
}
