import { nbctl, type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { parseIp } from "#src/net/ip.ts";
import { externalId, type ExternalIdName, ownerValue } from "#src/ovn/external-ids.ts";
import { podAsking } from "./started-allocator.ts";

/** The router in NB that is the gateway of the Uplink `west`. */
export const floatingGateway = "ovn4nfv-gateway-west";

type Settings = Readonly<Partial<Record<ExternalIdName, string>>>;

/** Starts a database with the gateway of the Uplink `west`, which hands out these addresses. */
export async function startFloatingServer(addresses: string, settings: Settings = {}): Promise<OvsdbServer> {
  await using owned = new AsyncDisposableStack();
  const server = owned.use(await startOvsdbServer());
  await nbctl(server.endpoint, "init");
  await addGateway(server.endpoint, addresses, settings);
  owned.move();
  return server;
}

/** Makes the gateway of the Uplink `west` with these floating addresses, and lets the network leave by it. */
export async function addFloatingUplink(
  endpoint: string,
  network: string,
  addresses: string,
  settings: Settings = {},
): Promise<void> {
  await addGateway(endpoint, addresses, settings);
  await nbctl(endpoint, "set", "Logical_Switch", network, ...idColumns({ uplink: "west" }));
}

/** Words of `ovn-nbctl set` for external ids of a row. */
export function idColumns(ids: Settings): readonly string[] {
  return Object.entries(ids).map(([key, value]) => `external_ids:"${externalId(key as ExternalIdName)}"="${value}"`);
}

async function addGateway(endpoint: string, addresses: string, settings: Settings): Promise<void> {
  const ids = {
    owner: ownerValue,
    uplink: "west",
    "allowed-namespaces": "*",
    "floating-addresses": addresses,
    ...settings,
  };
  await nbctl(endpoint, "lr-add", floatingGateway, "--", "set", "Logical_Router", floatingGateway, ...idColumns(ids));
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
