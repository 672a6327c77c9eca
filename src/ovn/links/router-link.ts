import { type AddressInPrefix, printInPrefix } from "#src/net/cidr.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { defaultMacPrefix, type Mac, macFromIpv4, macFromNumber } from "#src/net/mac.ts";
import type { DesiredRow } from "../owned/owned-rows.ts";
import { topologyRouterPort, topologySwitchPort } from "../owned/topology-tables.ts";

interface Port {
  readonly id: string;
  readonly port: string;
}

/**
 * Gives a router port and the switch port that leads to it. The ids of ports are their names, in the scope of the
 * caller.
 */
export function routerLinkRows(
  router: Port,
  network: Port,
  ends: readonly AddressInPrefix[],
  scope: string,
  more: Pick<DesiredRow, "refs" | "columns" | "merged"> = { refs: {}, columns: {} },
): readonly DesiredRow[] {
  return [
    {
      id: `${scope}/${router.port}`,
      table: topologyRouterPort,
      columns: {
        name: router.port,
        mac: macOfEnds(ends),
        networks: ends.map(printInPrefix),
        ...more.columns,
      },
      ...(more.merged === undefined ? {} : { merged: more.merged }),
      refs: more.refs ?? {},
      parent: { id: router.id, column: "ports" },
    },
    {
      id: `${scope}/${network.port}`,
      table: topologySwitchPort,
      columns: { name: network.port, type: "router", addresses: ["router"], options: { "router-port": router.port } },
      parent: { id: network.id, column: "ports" },
    },
  ];
}

/** Makes the MAC of a router port from its first address, so that it stays the same when the row is made again. */
export function macOfEnds([first]: readonly AddressInPrefix[]): Mac {
  return first === undefined ? macFromNumber(defaultMacPrefix, 1n) : macOfAddress(first.address);
}

/** Makes the MAC with which a router answers for an address. */
export function macOfAddress(ip: IpAddress): Mac {
  return ip.family === 4 ? macFromIpv4(defaultMacPrefix, ip) : macFromNumber(defaultMacPrefix, fold(ip.value));
}

/** Folds all 128 bits into the 32 of a MAC, so that prefixes that differ in the upper bits still get different MACs. */
function fold(value: bigint): bigint {
  let folded = 0n;
  for (let rest = value; rest > 0n; rest >>= 32n) folded ^= BigInt.asUintN(32, rest);
  return folded;
}
