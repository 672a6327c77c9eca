// The parts that networks need: a control plane with the CRD, OVN's Northbound database with northd, and the controller
// in this process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { NetworkController } from "#src/controllers/networks/network-controller.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { EventRecorder } from "#src/kube/events/events.ts";
import { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import type { TopologyConfig } from "#src/ovn/topology.ts";
import { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { OvnCentral } from "#lab/ovn/ovn-central.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

interface OvnParts {
  readonly ovn: OvnCentral;
  readonly northdLog: string;
  /** The thing that ends OVN. */
  readonly owner: AsyncDisposable;
}

export class NetworkStack implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly ovn: OvnCentral;
  readonly #northdLog: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(plane: ControlPlane, { ovn, northdLog }: OvnParts, owned: AsyncDisposableStack) {
    this.plane = plane;
    this.ovn = ovn;
    this.#northdLog = northdLog;
    this.#owned = owned;
  }

  /** Starts everything except the controller. OVN has no chassis, unless `startOvn` is given; it ends with the stack. */
  static async start(startOvn: (folder: string) => Promise<OvnParts> = startCentral): Promise<NetworkStack> {
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(createTemporaryFolder("networks"));
    const { path: ovnFolder } = owned.use(createTemporaryFolder("ovn"));
    const [plane, ovn] = await Promise.all([
      ControlPlane.start({ folder }).then((started) => owned.use(started)),
      startOvn(ovnFolder).then((parts) => (owned.use(parts.owner), parts)),
    ]);
    await plane.kubectl.apply(readFileSync(`${root}/deploy/crds/networks.yaml`, "utf8"));
    await plane.kubectl.established("networks.k8s.plugin.opnfv.org");
    return new NetworkStack(plane, ovn, owned.move());
  }

  /** Runs a controller until the returned function is called. */
  startController(topology: TopologyConfig = sampleTopology(false)): () => Promise<void> {
    const end = runNetworkController(this.plane.adminKubeconfig, [this.ovn.nb], topology);
    this.#owned.defer(end);
    return end;
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

/** Runs the controller of networks in this process until the returned function is called. */
function runNetworkController(
  kubeconfig: string,
  nb: readonly string[],
  topology: TopologyConfig = sampleTopology(false),
): () => Promise<void> {
  const stop = new AbortController();
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics() };
  const config = loadKubeConfig({ path: kubeconfig });
  const client = new HttpsApiClient({ ...parts, config, userAgent: "e2e/1" });
  const events = new EventRecorder({ ...parts, client, component: "ovn4nfv-controller", instance: "test" });
  const feed = new NbFeed({ ...parts, endpoints: nb });
  feed.start(stop.signal);
  const running = new NetworkController({
    ...parts,
    client,
    nb: feed,
    cluster: "c1",
    topology,
    events,
    usageDelayMs: 100,
    settleMs: 200,
    gatewaySelector: nodeKeys.gateway.key,
  }).run(stop.signal);
  let ended: Promise<void> | undefined;
  return () => {
    ended ??= (async () => {
      stop.abort();
      await running;
      await feed.close();
      await events.close({ deadlineMs: systemClock.monotonicMs() });
      client.close();
    })();
    return ended;
  };
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
