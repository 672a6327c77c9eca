// A pod's interface and its network, for the tests of webhooks/pod.
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { type ExternalIdName, externalId } from "#src/ovn/external-ids.ts";
import { networkFromSwitch } from "#src/ovn/network-from-switch.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { ipOf } from "#test/unit/ipam/nb-fixture.ts";
import type { Network, NetworkedInterface } from "#webhooks/pod/interface-subnets.ts";

/** The interfaces of a request as users write it. */
export function interfacesOf(...elements: readonly object[]): readonly InterfaceRequest[] {
  const annotation = JSON.stringify({ type: "ovn4nfv", interface: elements });
  const { request } = parseRequest({ "k8s.plugin.opnfv.org/nfn-network": annotation });
  if (request === undefined) throw new Error("no request");
  return request.interfaces;
}

export function networkOf(name: string, settings: Partial<Record<ExternalIdName, string>>): Network {
  const ids = Object.entries(settings).map(([key, value]) => [externalId(key as ExternalIdName), value] as const);
  return networkFromSwitch(`uuid-${name}`, { name, other_config: new Map(), external_ids: new Map(ids) }, []);
}

/** An interface as the request alone tells it, or with the addresses that were chosen. */
export function networked(element: object, network: Network, chosen?: readonly string[]): NetworkedInterface {
  const [asked] = interfacesOf({ name: network.name, ...element });
  if (asked === undefined) throw new Error("no interface");
  const addresses: readonly IpAddress[] = chosen?.map(ipOf) ?? asked.addresses.map(({ ip }) => ip);
  return { asked, network, addresses };
}
