import assert from "node:assert/strict";
import type { ResultElement } from "#lab/cluster/node-wiring.ts";
import { attachmentDefinition } from "#test/fixtures/kube/attachment-definition.ts";
import type { LabStack } from "./lab-stack.ts";

const networksKey = "k8s.v1.cni.cncf.io/networks";
const statusKey = "k8s.v1.cni.cncf.io/network-status";

/** The addresses of interfaces, without their prefix. */
export function plugAddresses(interfaces: readonly ResultElement[]): readonly string[] {
  return interfaces.flatMap(({ ip_address: all }) => all.map((address) => address.replace(/\/.*/, "")));
}

/** Plugs and unplugs interfaces of pods in a lab, as a user does, by definitions with the names of their networks. */
export class HotPlug {
  readonly #stack: LabStack;

  private constructor(stack: LabStack) {
    this.#stack = stack;
  }

  /** Makes the networks and a definition for each. */
  static async prepare(stack: LabStack, networks: readonly string[]): Promise<HotPlug> {
    await stack.addNetworks(
      Object.fromEntries(
        networks.map((name, index) => [name, { ipv4Subnets: [{ subnet: `10.${81 + index}.0.0/24` }] }]),
      ),
    );
    await stack.apply(
      ...networks.map((name) => attachmentDefinition("default", name, { type: "ovn4nfv-cni", "nfn-network": name })),
    );
    return new HotPlug(stack);
  }

  /** Runs `change` for every pod, `width` at a time. */
  async each(pods: readonly string[], width: number, change: (pod: string) => Promise<void>): Promise<void> {
    const waiting = [...pods];
    const worker = async (): Promise<void> => {
      for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift()) await change(pod);
    };
    await Promise.all(Array.from({ length: width }, worker));
  }

  /** Adds an interface of the name of each network, and waits until Multus tells of them. */
  async plug(pod: string, networks: readonly string[]): Promise<void> {
    const selections = await this.#selections(pod);
    const more = networks.map((name) => ({ name, interface: name }));
    await this.#change(pod, [...selections, ...more]);
    await this.#stack.eventually(async () => {
      const told = await this.#told(pod);
      for (const name of networks) assert.ok(told.includes(name), `${pod} has no ${name}, but ${told.join(", ")}`);
    });
  }

  /** Takes away everything but the first selection, and waits until the addresses are released. */
  async unplug(pod: string): Promise<void> {
    await this.#change(pod, (await this.#selections(pod)).slice(0, 1));
    await this.#stack.eventually(async () => {
      assert.equal((await this.#stack.result(pod)).length, 1, `${pod} holds more than its first interface`);
    });
  }

  /** The names of the ports of pods on these networks. */
  async portsOn(...networks: readonly string[]): Promise<readonly string[]> {
    const { central } = this.#stack.lab;
    const listed = await Promise.all(networks.map((name) => central.nbctl("lsp-list", name)));
    return listed.flatMap((text) => [...text.matchAll(/\(([0-9A-Z]{26}-\S+)\)/g)].map(([, port = ""]) => port)).sort();
  }

  async #selections(pod: string): Promise<readonly object[]> {
    const { metadata } = await this.#stack.pod(pod);
    return JSON.parse(metadata.annotations?.[networksKey] ?? "[]") as readonly object[];
  }

  async #told(pod: string): Promise<readonly string[]> {
    const { metadata } = await this.#stack.pod(pod);
    const statuses = JSON.parse(metadata.annotations?.[statusKey] ?? "[]") as readonly { readonly interface: string }[];
    return statuses.map((status) => status.interface);
  }

  /** The webhook may not know a definition yet that was made a moment ago. */
  async #change(pod: string, selections: readonly object[]): Promise<void> {
    await this.#stack.eventually(async () => {
      await this.#stack.kubectl("annotate", "pod", pod, "--overwrite", `${networksKey}=${JSON.stringify(selections)}`);
    });
  }
}
