import { type IpAddress, printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { vipAddress } from "#src/ovn/load-balancer-vip.ts";
import { networkOf } from "#src/ovn/network-of-switch.ts";
import { portAddresses } from "#src/ovn/port-addresses.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { serviceScope } from "#src/ovn/rows/service-rows.ts";
import { balancedSwitch, serviceBalancer } from "#src/ovn/rows/topology-tables.ts";
import { controllerPort } from "../northbound/controller-tables.ts";

/** Knows who has which address of a network at one moment: ports, and load balancers. */
export class AddressHolders {
  readonly #holders = new Map<string, string>();
  readonly #byPod = new Map<string, readonly IpAddress[]>();
  readonly #held = new Map<string, IpAddress>();

  /** `network` and `service` are UIDs. The rows of the Service itself are no other holder. */
  constructor(source: RowSource, cluster: string, network: string, service: string) {
    const ports = source.rows(controllerPort);
    const onNetwork = [...source.rows(balancedSwitch).values()].filter((row) => networkOf(row) === network);
    for (const uuid of onNetwork.flatMap((row) => [...row.ports])) {
      const port = ports.get(uuid);
      if (port === undefined) continue;
      const { ips } = portAddresses(port);
      const owner = portOwner(port.external_ids);
      for (const ip of ips) this.#holders.set(printIp(ip), `port ${port.name}`);
      if (owner?.cluster !== cluster || owner.podUid === "") continue;
      this.#byPod.set(owner.podUid, [...(this.#byPod.get(owner.podUid) ?? []), ...ips]);
    }
    for (const { name, vips, external_ids } of source.rows(serviceBalancer).values()) {
      const isOwn = external_ids.get(externalId("row"))?.startsWith(`${serviceScope(service)}/`) === true;
      for (const vip of vips.keys()) {
        const address = vipAddress(vip);
        if (address === undefined) continue;
        if (isOwn) this.#held.set(printIp(address), address);
        else this.#holders.set(printIp(address), `load balancer ${name}`);
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

  addressesOfPod(uid: string): readonly IpAddress[] {
    return this.#byPod.get(uid) ?? [];
  }
}
