import assert from "node:assert/strict";
import * as z from "zod";
import { parseProviderNetwork } from "#src/api/provider-network/provider-network-config.ts";
import { AddressSpace } from "#src/net/address-space.ts";
import { parseIp } from "#src/net/ip.ts";
import type { OutsideSwitch } from "#lab/machine/outside-switch.ts";

const linksSchema = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })) }));

/** All addresses of hosts on the wire. */
export async function addressesOutside(outside: OutsideSwitch, hosts: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(hosts.map((host) => outside.onHost(host, "ip", "-j", "addr", "show", "dev", "eth0")));
  return texts
    .flatMap((text) => linksSchema.parse(JSON.parse(text)))
    .flatMap(({ addr_info: all }) => all.map(({ local }) => local));
}

/**
 * Fails when a ProviderNetwork may give a pod one of the addresses. A host answers nobody who has an address of its own, and where
 * a network begins to give is drawn, so that a test would fail in some runs only.
 */
export function assertExcluded(providerNetworks: readonly unknown[], addresses: readonly string[]): void {
  for (const { name, subnets, excluded } of providerNetworks.map(parseProviderNetwork)) {
    const spaces = subnets.map(({ cidr }) => new AddressSpace(cidr, excluded));
    const given = addresses.find((text) => {
      const address = parseIp(text);
      return address !== undefined && spaces.some((space) => space.isUsable(address));
    });
    assert.equal(given, undefined, `${name} may give ${given ?? ""} to a pod, which a host outside has: exclude it`);
  }
}
