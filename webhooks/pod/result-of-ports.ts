import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import type { PlannedPort } from "#src/ipam/allocation.ts";
import { printIp } from "#src/net/ip.ts";
import { gatewaysOf } from "./interface-subnets.ts";
import { routesOfPod } from "./pod-routes.ts";

/** An interface that was asked for, with the port planned for it. */
export interface AnsweredInterface {
  readonly asked: InterfaceRequest;
  readonly port: PlannedPort;
  readonly portName: string;
}

/** The result of each interface of a pod: what the agent wires, in the fields that Nodus wrote and ours. */
export function resultOfPorts(interfaces: readonly AnsweredInterface[]): readonly InterfaceResult[] {
  const items = interfaces.map((one) => {
    const { network, addresses } = one.port;
    return { ...one, network, addresses: addresses.map(({ ip }) => ip) };
  });
  const routesOfAll = routesOfPod(items);
  return items.map((item, index) => {
    const { asked, port, portName, network } = item;
    const routes = routesOfAll[index] ?? [];
    return {
      ip_address: port.addresses.map(({ ip, prefixLength }) => `${printIp(ip)}/${prefixLength.toString()}`),
      mac_address: port.mac,
      gateway_ip: gatewaysOf(item).map(printIp),
      defaultGateway: asked.defaultGateway ? "true" : "false",
      interface: port.request.interfaceName,
      network: network.name,
      port: portName,
      ...(network.mtu === undefined ? {} : { mtu: network.mtu }),
      ...(routes.length === 0 ? {} : { routes }),
      ...(network.dns === undefined ? {} : { dns: network.dns }),
    };
  });
}
