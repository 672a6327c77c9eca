import type { InterfaceRequest } from "#src/api/interface-request.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { PlannedPort } from "#src/ipam/allocation.ts";
import { printIp } from "#src/net/ip.ts";
import { gatewaysOf, routesOf } from "./network-settings.ts";

/** The result of one interface: what the agent wires, in the fields that Nodus wrote and ours. */
export function resultOfPort(asked: InterfaceRequest, port: PlannedPort, portName: string): InterfaceResult {
  const item = { asked, network: port.network };
  const routes = routesOf(item);
  return {
    ip_address: port.addresses.map(({ ip, prefixLength }) => `${printIp(ip)}/${prefixLength.toString()}`),
    mac_address: port.mac,
    gateway_ip: gatewaysOf(item).map(printIp),
    defaultGateway: asked.defaultGateway ? "true" : "false",
    interface: port.request.interfaceName,
    network: port.network.name,
    port: portName,
    ...(port.network.mtu === undefined ? {} : { mtu: port.network.mtu }),
    ...(routes.length === 0 ? {} : { routes }),
  };
}
