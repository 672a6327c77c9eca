import { type IpAddress, printIp } from "#src/net/ip.ts";
import { type IpRange, parseExcludeIps, rangeHolds } from "#src/net/range.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import { portAddresses } from "#src/ovn/ports/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { serviceScope, serviceScopes } from "#src/ovn/rows/service-rows.ts";
import { balancedSwitch, serviceBalancer } from "#src/ovn/owned/topology-tables.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** Knows who has which address of a network at one moment: ports, and load balancers. */
export class AddressHolders {
  readonly #holders = new Map<string, string>();
  readonly #byPod = new Map<string, readonly IpAddress[]>();
  readonly #held = new Map<string, IpAddress>();
  readonly #reserved: readonly IpRange[];

  /** `network` is a UID. The rows of the Service itself are no other holder. */
  constructor(
    source: RowSource,
    cluster: string,
    network: string,
    service: { readonly uid: string; readonly namespace: string },
  ) {
    const { uid, namespace } = service;
    const ports = source.rows(controllerPort);
    const onNetwork = [...source.rows(balancedSwitch).values()].filter((row) => networkOf(row) === network);
    this.#reserved = onNetwork.flatMap(
      (row) => parseExcludeIps(row.external_ids.get(externalId("exclude-ips")) ?? "") ?? [],
    );
    for (const uuid of onNetwork.flatMap((row) => [...row.ports])) {
      const port = ports.get(uuid);
      if (port === undefined) continue;
      const { ips } = portAddresses(port);
      const owner = portOwner(port.external_ids);
      const isNear = owner?.cluster === cluster && owner.namespace === namespace;
      for (const ip of ips) this.#holders.set(printIp(ip), isNear ? `port ${port.name}` : "a port");
      if (owner?.cluster !== cluster || owner.podUid === "") continue;
      this.#byPod.set(owner.podUid, [...(this.#byPod.get(owner.podUid) ?? []), ...ips]);
    }
    for (const { name, vips, external_ids } of source.rows(serviceBalancer).values()) {
      const isOwn = external_ids.get(externalId("row"))?.startsWith(`${serviceScope(uid)}/`) === true;
      for (const vip of vips.keys()) {
        const address = vipAddress(vip);
        if (address === undefined) continue;
        if (isOwn) this.#held.set(printIp(address), address);
        else this.#holders.set(printIp(address), balancerIn(namespace, name, external_ids));
      }
    }
  }

  /** The addresses that the Service has already. */
  get held(): readonly IpAddress[] {
    return [...this.#held.values()];
  }

  of(address: IpAddress): string | undefined {
    return this.#holders.get(printIp(address));
  }

  /** True when NB says already that no pod gets the address. */
  isReserved(address: IpAddress): boolean {
    return this.#reserved.some((range) => rangeHolds(range, address));
  }

  addressesOfPod(uid: string): readonly IpAddress[] {
    return this.#byPod.get(uid) ?? [];
  }
}

/** Whoever reads the condition of a Service may know the objects of its namespace, and of no other one. */
function balancerIn(namespace: string, name: string, ids: ReadonlyMap<string, string>): string {
  if (ids.get(externalId("row"))?.startsWith(`${serviceScopes}/`) !== true) return "a load balancer of somebody else";
  const [, of, service = ""] = name.split("/");
  return of === namespace ? `the Service ${service}` : "another Service";
}
