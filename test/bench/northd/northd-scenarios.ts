// The kinds of pods whose cost for ovn-northd is counted. A feature that writes rows for each pod adds a row here.
import { networkManifest } from "#test/stacks/network-stack.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

/** Something that all pods of a run have in common. */
export interface NorthdScenario {
  /** A prefix for the names of its figures. */
  readonly name: string;
  /** Makes what stands before the pods come, which may cost what it likes. Names are those of this scenario alone. */
  readonly prepare: (stack: AdmissionStack) => Promise<void>;
  /** A pod, which goes to the node that the bench names. */
  readonly pod: (name: string, nodeName: string) => object;
}

const onNetworks =
  (...names: readonly string[]): NorthdScenario["pod"] =>
  (name, nodeName) =>
    podManifest({ name, annotations: request(...names.map((network) => ({ name: network }))), spec: { nodeName } });

async function addNetworks({ plane }: AdmissionStack, networks: Readonly<Record<string, object>>): Promise<void> {
  await plane.kubectl.apply(Object.entries(networks).map(([name, spec]) => networkManifest(name, spec)));
  for (const name of Object.keys(networks)) {
    await plane.kubectl.must(["wait", `network/${name}`, "--for=condition=Ready", "--timeout=60s"]);
  }
}

const limits = { ingress: "10M", egress: "20M" };

export const northdScenarios: readonly NorthdScenario[] = [
  {
    name: "switches",
    prepare: async (stack) => {
      await stack.addSwitch("sw1", "10.1.0.0/20");
      await stack.addSwitch("sw2", "10.2.0.0/20");
    },
    pod: onNetworks("sw1", "sw2"),
  },
  {
    name: "networks",
    prepare: async (stack) => {
      const ipv4 = (subnet: string) => ({ ipv4Subnets: [{ name: "four", subnet }] });
      await addNetworks(stack, {
        single: ipv4("10.3.0.0/20"),
        dual: { ...ipv4("10.4.0.0/20"), ipv6Subnets: [{ name: "six", subnet: "fd10:4::/64" }] },
      });
    },
    pod: onNetworks("single", "dual"),
  },
  {
    name: "bandwidth",
    prepare: (stack) => stack.addSwitch("sw3", "10.5.0.0/20"),
    pod: (name, nodeName) =>
      podManifest({ name, annotations: request({ name: "sw3", bandwidth: limits }), spec: { nodeName } }),
  },
];
