// The parts that networks need: a control plane with the CRD, OVN's Northbound database with northd, and `ovn4nfv
// controller` with the rights of an installation.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import type { TopologyConfig } from "#src/ovn/rows/topology.ts";
import { type Flags, printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, systemNamespace } from "#lab/kubernetes/identities.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { until } from "#test/assertions/until.ts";
import { productFile } from "#tools/build/product-file.ts";

interface OvnParts {
  readonly ovn: OvnCentral;
  readonly northdLog: string;
  /** The thing that ends OVN. */
  readonly owner: AsyncDisposable;
}

export class NetworkStack implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly ovn: OvnCentral;
  readonly #kubeconfig: string;
  readonly #northdLog: string;
  readonly #owned: AsyncDisposableStack;

  #controllers = 0;

  private constructor(
    plane: ControlPlane,
    kubeconfig: string,
    { ovn, northdLog }: OvnParts,
    owned: AsyncDisposableStack,
  ) {
    this.plane = plane;
    this.#kubeconfig = kubeconfig;
    this.ovn = ovn;
    this.#northdLog = northdLog;
    this.#owned = owned;
  }

  /** Starts everything except the controller. OVN has no chassis, unless `startOvn` is given; it ends with the stack. */
  static async start(
    startOvn: (folder: string) => Promise<OvnParts> = startCentral,
    { scheduler = false }: { readonly scheduler?: boolean } = {},
  ): Promise<NetworkStack> {
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(createTemporaryFolder("networks"));
    const { path: ovnFolder } = owned.use(createTemporaryFolder("ovn"));
    const [plane, ovn] = await Promise.all([
      ControlPlane.start({ folder, audit: true, scheduler }).then((started) => owned.use(started)),
      startOvn(ovnFolder).then((parts) => (owned.use(parts.owner), parts)),
    ]);
    const plurals = ["networks", "providernetworks", "uplinks"];
    await plane.administrator.apply(plurals.flatMap((plural) => readManifests(`deploy/crds/${plural}.yaml`)));
    await plane.administrator.established(...plurals.map((plural) => `${plural}.k8s.plugin.opnfv.org`));
    const { controller } = await createIdentities(plane);
    const { publicKey } = generateKeyPairSync("ed25519");
    await writeFile(join(folder, "token.pub"), publicKey.export({ type: "spki", format: "pem" }));
    return new NetworkStack(plane, controller, ovn, owned.move());
  }

  /** Starts `ovn4nfv controller` with the flags of the topology. It leads when this resolves; the stack ends it too. */
  async startController(topology: TopologyConfig, more: Flags = {}): Promise<ManagedProcess> {
    this.#controllers += 1;
    const { folder } = this.plane;
    const flags = {
      nb: this.ovn.nb,
      kubeconfig: this.#kubeconfig,
      "lease-namespace": systemNamespace,
      "token-public-key-files": join(folder, "token.pub"),
      "operations-listen": "127.0.0.1:0",
      "usage-delay": "100ms",
      "settle-time": "500ms",
      ...topologyFlags(topology),
      ...more,
    };
    const controller = new ManagedProcess({
      name: "controller",
      command: process.execPath,
      args: [productFile, "controller", ...printFlags(flags)],
      logFile: join(folder, `controller-${this.#controllers}.log`),
      ready: untilLine(/"became the leader"/),
      stopTimeoutMs: 20_000,
    });
    this.#owned.use(controller);
    await controller.start();
    return controller;
  }

  /** The UID by which rows of this cluster are known. */
  async cluster(): Promise<string> {
    return this.plane.kubectl.must(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
  }

  /** Waits until a condition of a Network has a status. */
  async untilCondition(name: string, condition: string, namespace = "default"): Promise<void> {
    await this.plane.kubectl.must([
      "wait",
      `network/${name}`,
      `--namespace=${namespace}`,
      `--for=condition=${condition}`,
      "--timeout=60s",
    ]);
  }

  /** Waits until Ready has a reason. */
  async untilReason(name: string, reason: string, namespace = "default"): Promise<void> {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`;
    await this.plane.kubectl.must(["wait", `network/${name}`, `-n${namespace}`, `--for=${path}`, "--timeout=60s"]);
  }

  /** The names in a table of NB, in order. */
  async names(table: string): Promise<readonly string[]> {
    const text = await this.ovn.nbctl("--bare", "--columns=name", "list", table);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .sort();
  }

  /** The warnings of ovn-northd since its start, without those about a slow machine. */
  northdWarnings(): readonly string[] {
    const lines = readFileSync(this.#northdLog, "utf8").split("\n");
    return lines.filter((line) => /\|(WARN|ERR|EMER)\|/.test(line) && !line.includes("|timeval|"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

async function startCentral(folder: string): Promise<OvnParts> {
  const ovn = await OvnCentral.start({ folder });
  return { ovn, northdLog: join(folder, "northd.log"), owner: ovn };
}

/** The flags of the controller that mean this topology. */
function topologyFlags({ joinSubnets, gatewayChassis, uplink }: TopologyConfig): Flags {
  const common = { "join-subnets": joinSubnets.map(printCidr).join(), "gateway-chassis": gatewayChassis.join() };
  if (uplink === undefined) return common;
  return {
    ...common,
    "uplink-network": uplink.physicalNetwork,
    "uplink-addresses": uplink.addresses.map(({ address, cidr }) => `${printIp(address)}/${cidr.prefixLength}`).join(),
    "uplink-next-hops": uplink.nextHops.map(printIp).join(),
  };
}

/** Waits until a new second begins, so that what is made then is younger: objects are dated in whole seconds. */
export async function untilNextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1_000);
  const now = second();
  await until(() => second() > now, 5_000);
}

/** A Network of the namespace `default`, unless the metadata says otherwise. */
export function networkManifest(name: string, spec: object, namespace = "default"): object {
  return {
    apiVersion: "k8s.plugin.opnfv.org/v1alpha1",
    kind: "Network",
    metadata: { name, namespace },
    spec: { cniType: "ovn4nfv", ...spec },
  };
}

export function uplinkManifest(name: string, spec: object): object {
  return { apiVersion: "k8s.plugin.opnfv.org/v1alpha1", kind: "Uplink", metadata: { name }, spec };
}
