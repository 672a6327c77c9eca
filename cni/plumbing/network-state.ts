import { AppError } from "#src/core/errors.ts";
import { mainTable, type NextHop, type KernelRoute } from "./route-command.ts";

export interface LinkState {
  readonly name: string;
  /** It is undefined when the link has no MAC. */
  readonly mac: string | undefined;
  readonly mtu: number;
  readonly isUp: boolean;
  /** The kernel gives a newer link of a network namespace a larger number. */
  readonly index: number;
  /** It is undefined when the link has none, or one that is not a single word. */
  readonly alias: string | undefined;
  /** False while nothing is connected, and for a link that is down. */
  readonly hasCarrier: boolean;
  /** The bridge or bond that the link is a member of. */
  readonly master: string | undefined;
  /** The link below a VLAN interface, a macvlan or the like. */
  readonly lower: string | undefined;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

/** A rule by which packets with this source address are routed by a table. */
export interface RoutingRule {
  /** With prefix length. */
  readonly from: string;
  readonly table: number;
}

/** The state of a network namespace, IPv4 and IPv6, without the tables and rules that the kernel makes by itself. */
/** The limits that a link puts on packets. */
export interface LinkShaping {
  /** Bytes that it sends in a second, at most. */
  readonly rate?: number;
  /** The directions that are led through an ifb. */
  readonly led?: ReadonlySet<string>;
}

export interface NetworkState {
  readonly links: readonly LinkState[];
  readonly routes: readonly KernelRoute[];
  readonly rules: readonly RoutingRule[];
  /** By the name of the link; links that shape nothing are not in it. */
  readonly shaping: ReadonlyMap<string, LinkShaping>;
}

/** The part of a state that has nothing of routing. */
export type LinkStates = Pick<NetworkState, "links" | "shaping">;

export const emptyNetworkState: NetworkState = { links: [], routes: [], rules: [], shaping: new Map() };

/** Whether this is a default route of the main table. */
export function isDefaultRoute({ to, table }: KernelRoute): boolean {
  return table === undefined && to.endsWith("/0");
}

/** Reads the output of the netlink command `show` (cni/netlink/state.h). Throws `CommandFailed` for anything else. */
export function parseNetworkState(printed: readonly string[]): NetworkState {
  const links = new Map<string, LinkState & { addresses: string[] }>();
  const routes: KernelRoute[] = [];
  const rules: RoutingRule[] = [];
  const shaping = new Map<string, LinkShaping>();
  for (const line of printed) {
    const [kind, first = "", second = "", ...rest] = line.split(" ");
    if (kind === "link") links.set(first, { name: first, mac: unless(second), ...readLink(rest), addresses: [] });
    else if (kind === "address") links.get(first)?.addresses.push(second);
    else if (kind === "route") routes.push(readRoute(first, Number(second), rest));
    else if (kind === "rule") rules.push({ from: first, table: Number(second) });
    else if (kind === "shaped") shaping.set(first, { ...shaping.get(first), rate: Number(second) });
    else if (kind === "led") {
      shaping.set(first, { ...shaping.get(first), led: new Set(shaping.get(first)?.led).add(second) });
    } else throw new AppError("CommandFailed", `${JSON.stringify(line)} is no state of a network namespace`);
  }
  return { links: [...links.values()], routes, rules, shaping };
}

function unless(word: string | undefined): string | undefined {
  return word === "-" ? undefined : word;
}

function readLink(words: readonly string[]): Omit<LinkState, "name" | "mac" | "addresses"> {
  const [mtu, state, index, alias, carrier, master, lower] = words;
  return {
    mtu: Number(mtu),
    isUp: state === "up",
    index: Number(index),
    alias: unless(alias),
    hasCarrier: carrier === "carrier",
    master: unless(master),
    lower: unless(lower),
  };
}

function readRoute(to: string, table: number, [metric, ...hops]: readonly string[]): KernelRoute {
  return { to, table: table === mainTable ? undefined : table, metric: Number(metric), hops: readHops(hops) };
}

/** A hop whose device is not known any more is left out: it leads nowhere. */
function readHops(words: readonly string[]): readonly NextHop[] {
  return words.flatMap((device, index) => {
    if (index % 2 === 1 || device === "-") return [];
    return [{ device, gateway: unless(words[index + 1]) }];
  });
}
