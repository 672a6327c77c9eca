// The left end of a chain that is tested: a network of the cluster, or a ProviderNetwork with a host on its wire.
import * as z from "zod";
import { providerNetworkStatusSchema } from "#src/api/provider-network/provider-network-schema.ts";
import { wireDevice } from "#lab/machine/chassis-host.ts";
import type { Machine } from "#lab/machine/machine.ts";
import type { OutsideHost } from "#lab/machine/outside-switch.ts";
import { until } from "#test/assertions/until.ts";
import { providerNetworks } from "#test/fixtures/kube/nodus-demos.ts";
import type { DatapathStack } from "../datapath/datapath-stack.ts";
import { networkManifest } from "../network-stack.ts";

/** A place from which flows are sent. */
export interface Sender {
  readonly machine: Machine;
  /** A network namespace of the machine. */
  readonly name: string;
}

export interface LeftEnd {
  /** The kind of network in words. */
  readonly words: string;
  readonly network: string;
  /** The first three bytes of its addresses. */
  readonly prefix: string;
  readonly kind: "network" | "providernetwork";
  readonly manifest: object;
  /** The hosts on the wire; none where the cluster has no wire. */
  readonly outside: readonly OutsideHost[];
  /** Makes the place that has all addresses of `from`. */
  readonly addSender: (stack: DatapathStack, from: readonly string[]) => Promise<Sender>;
  /** Shows the sender the way to a subnet; called when the chain is Ready. */
  readonly leadTo: (stack: DatapathStack, subnet: string) => Promise<void>;
}

/** Everything of /24 but these is left to pods. */
const ofMachines = (prefix: string): string => `${prefix}.100..${prefix}.250`;

/** A Network with a /24 that gives no pod an address from 100 on. It lets in no other one, and chains have their traffic all the same. */
export const networkWithMachines = (name: string, prefix: string): object =>
  networkManifest(name, {
    ipv4Subnets: [{ subnet: `${prefix}.0/24`, excludeIps: ofMachines(prefix) }],
    reachableFrom: {},
  });

export const networkEnd: LeftEnd = {
  words: "a network",
  network: "left",
  prefix: "10.40.0",
  kind: "network",
  manifest: networkWithMachines("left", "10.40.0"),
  outside: [],
  addSender: async (stack, from) => {
    const [first] = stack.fabric.hosts;
    if (first === undefined) throw new Error("there is no chassis");
    const { host, name } = await stack.addMachine("send", first, "left", from, "10.40.0.1");
    return { machine: host.machine, name };
  },
  // The gateway of the network leads there.
  leadTo: () => Promise.resolve(),
};

const branch = "branch";
const [provider] = providerNetworks(wireDevice);
const statusSchema = z.object({ status: providerNetworkStatusSchema.optional() });

export const providerEnd: LeftEnd = {
  words: "a provider network",
  network: "left-pnetwork",
  prefix: "172.30.10",
  kind: "providernetwork",
  manifest: provider ?? {},
  outside: [{ name: branch, address: "172.30.10.100/24", vlan: 100 }],
  addSender: async ({ fabric: { outside } }, from) => {
    const addresses = from.filter((address) => address !== "172.30.10.100");
    const input = addresses.map((address) => `addr add ${address}/24 dev eth0`).join("\n");
    await outside.machine.must("ip", ["-n", branch, "-batch", "-"], { input });
    return { machine: outside.machine, name: branch };
  },
  leadTo: async (stack, subnet) => {
    const router = async (): Promise<string | undefined> => {
      const found = await stack.admission.plane.kubectl.get(["providernetwork", "left-pnetwork"]);
      return statusSchema.parse(found).status?.routerAddresses?.[0];
    };
    await until(async () => (await router()) !== undefined);
    await stack.fabric.outside.onHost(branch, "ip", "route", "add", subnet, "via", (await router()) ?? "");
  },
};
