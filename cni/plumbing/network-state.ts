import { AppError } from "#src/core/errors.ts";
import type { NextHop, Route } from "./route-line.ts";

export interface LinkState {
  readonly name: string;
  /** Absent: it has none. */
  readonly mac: string | undefined;
  readonly mtu: number;
  readonly isUp: boolean;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

/** What the kernel has in a network namespace; routes are those of the main table, both families. */
export interface NetworkState {
  readonly links: readonly LinkState[];
  readonly routes: readonly Route[];
}

export const emptyState: NetworkState = { links: [], routes: [] };

export function isDefault({ to }: Route): boolean {
  return to.endsWith("/0");
}

/** Reads what the line `show` of an order prints (cni/netlink/state.h). Throws `CommandFailed` for anything else. */
export function parseNetworkState(printed: readonly string[]): NetworkState {
  const links: (LinkState & { addresses: string[] })[] = [];
  const routes: Route[] = [];
  for (const line of printed) {
    const [kind, first = "", second = "", ...rest] = line.split(" ");
    const link = links.find(({ name }) => name === first);
    if (kind === "link") links.push({ name: first, mac: unless(second), ...readLink(rest), addresses: [] });
    else if (kind === "address") link?.addresses.push(second);
    else if (kind === "route") routes.push({ to: first, metric: Number(second), hops: readHops(rest) });
    else throw new AppError("CommandFailed", `${JSON.stringify(line)} is no state of a network namespace`);
  }
  return { links, routes };
}

function unless(word: string | undefined): string | undefined {
  return word === "-" ? undefined : word;
}

function readLink([mtu, state]: readonly string[]): Pick<LinkState, "mtu" | "isUp"> {
  return { mtu: Number(mtu), isUp: state === "up" };
}

/** A hop whose device is not known any more leads nowhere. */
function readHops(words: readonly string[]): readonly NextHop[] {
  return words.flatMap((device, index) => {
    if (index % 2 === 1 || device === "-") return [];
    return [{ device, gateway: unless(words[index + 1]) }];
  });
}
