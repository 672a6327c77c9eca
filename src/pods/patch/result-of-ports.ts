import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import {
  type ClaimRequest,
  type PlannedClaim,
  type PlannedFloating,
  type PlannedPort,
  portName,
} from "#src/ipam/allocation.ts";
import { printAllowed } from "#src/net/allowed-prefixes.ts";
import { printIp } from "#src/net/ip.ts";
import { guestMtu } from "#src/ovn/rows/dhcp-rows.ts";
import { floatingMac } from "#src/ovn/rows/floating-rows.ts";
import { gatewaysOf } from "../networks/interface-subnets.ts";
import { networkFor } from "../networks/networked-interface.ts";
import { routesOfPod } from "./pod-routes.ts";

/**
 * Gives the result of each interface of a pod, in the fields that Nodus wrote and ours: the agent wires by it. The ports are
 * in the order of the interfaces, and `allocationId` is part of their names.
 */
export function resultOfPorts(
  interfaces: readonly InterfaceRequest[],
  allocationId: string,
  ports: readonly PlannedPort[],
): readonly InterfaceResult[] {
  const items = ports.map((port, index) => {
    const asked = interfaces[index];
    if (asked === undefined) throw new AppError("Internal", "more ports than interfaces");
    const network = asked.isGuest === true ? port.network : networkFor(asked, port.network);
    return { asked, port, network, addresses: port.addresses.map(({ ip }) => ip) };
  });
  // A guest gets its routes by DHCP, and the pod none for it.
  const inPod = items.filter(({ asked }) => asked.isGuest !== true);
  const routesInPod = routesOfPod(inPod);
  return items.map((item) => {
    const { asked, port, network } = item;
    const routes = routesInPod[inPod.indexOf(item)] ?? [];
    const mtu = network.mtu ?? (asked.isGuest === true ? guestMtu : undefined);
    return {
      ip_address: port.addresses.map(({ ip, prefixLength }) => `${printIp(ip)}/${prefixLength.toString()}`),
      mac_address: port.mac,
      gateway_ip: gatewaysOf(item).map(printIp),
      defaultGateway: asked.defaultGateway ? "true" : "false",
      interface: port.request.interfaceName,
      network: network.name,
      port: portName(allocationId, port),
      ...(network.physicalNetwork === undefined ? {} : { wire: network.physicalNetwork }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(routes.length === 0 ? {} : { routes }),
      ...(network.dns === undefined ? {} : { dns: network.dns }),
      ...(network.portSecurity === "full" ? {} : { port_security: network.portSecurity }),
      ...(asked.allowedAddresses?.length ? { allowed_addresses: asked.allowedAddresses.map(printAllowed) } : {}),
      ...(asked.bandwidth === undefined ? {} : { bandwidth: asked.bandwidth }),
      ...(asked.isTap === true ? { tap: true } : {}),
      ...(port.dhcp === undefined ? {} : { dhcp: true as const }),
      ...(port.dhcp?.hostname === undefined ? {} : { hostname: port.dhcp.hostname }),
      ...(port.floating === undefined ? {} : floatingResult(port.floating)),
      ...(port.claim === undefined ? {} : claimResult(port.claim, port.request.claim)),
    };
  });
}

/** The facts without which a port that is made again would hold its addresses for a claim of any network, and of no replica. */
function claimResult({ claim }: PlannedClaim, request: ClaimRequest | undefined) {
  const { network, sticky } = request ?? {};
  return {
    claim: claim.name,
    ...(network === undefined ? {} : { claim_network: network }),
    ...(sticky === undefined ? {} : { sticky: { set: sticky.set, uid: sticky.uid, when_scaled: sticky.whenScaled } }),
  };
}

function floatingResult({ gateway, externalIp, distributed }: PlannedFloating) {
  const onNode = { external_mac: floatingMac(externalIp), external_network: gateway.providerNetwork };
  return { external_ip: printIp(externalIp), uplink: gateway.uplink, ...(distributed ? onNode : {}) };
}
