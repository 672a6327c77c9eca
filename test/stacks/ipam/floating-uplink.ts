import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { parseIp } from "#src/net/ip.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import { podAsking } from "./started-allocator.ts";

/** Makes the gateway of the Uplink `west` with these floating addresses, and lets the network leave by it. */
export async function addFloatingUplink(
  endpoint: string,
  network: string,
  addresses: string,
  settings: Readonly<Partial<Record<Parameters<typeof externalId>[0], string>>> = {},
): Promise<void> {
  const named = {
    owner: ownerValue,
    uplink: "west",
    "allowed-namespaces": "*",
    "floating-addresses": addresses,
    ...settings,
  };
  const ids = Object.entries(named).map(
    ([key, value]) => `external_ids:"${externalId(key as keyof typeof named)}"="${value}"`,
  );
  const uplink = `external_ids:"${externalId("uplink")}"=west`;
  await nbctl(
    endpoint,
    "lr-add",
    "ovn4nfv-gateway-west",
    "--",
    "set",
    "Logical_Router",
    "ovn4nfv-gateway-west",
    ...ids,
  );
  await nbctl(endpoint, "set", "Logical_Switch", network, uplink);
}

/** A pod that asks for an address outside on the network: any free one, or the given one. */
export function podAskingOutside(network: string, address?: string) {
  const asked = podAsking(network);
  const wanted = address === undefined ? undefined : parseIp(address);
  const floating = { field: "interface[0].externalIp", address: wanted, distributed: false };
  return { ...asked, ports: asked.ports.map((port) => ({ ...port, floating })) };
}

/** The rules of floating addresses in NB, as `<external> <logical>`. */
export async function rulesIn(endpoint: string): Promise<readonly string[]> {
  const text = await nbctl(
    endpoint,
    "--format=csv",
    "--no-headings",
    "--data=bare",
    "--columns=external_ip,logical_ip",
    "find",
    "NAT",
    "type=dnat_and_snat",
  );
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(",", " "));
}
