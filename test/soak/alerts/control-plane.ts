// API server, webhook, controller and Northbound database under Prometheus. There is no node: most alerts need none.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { nodeKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { reservePort } from "#tools/process/port.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { root } from "#tools/source-files.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { clockEnvironment, clockLibrary } from "#test/stacks/clock-library.ts";
import { controllerProcess, operationsPort } from "#test/stacks/controller-process.ts";
import { Prometheus, type ScrapeTarget } from "#test/stacks/monitoring/prometheus.ts";
import { networkManifest, uplinkManifest } from "#test/stacks/network-stack.ts";
import { sayWires } from "#test/stacks/said-wires.ts";

const kinds = [
  "networks",
  "providernetworks",
  "networkchainings",
  "ovnnodes",
  "uplinks",
  "floatingips",
  "taps",
] as const;
const dayMs = 86_400_000;

export class ControlPlaneStack implements AsyncDisposable {
  readonly admission: AdmissionStack;
  readonly prometheus: Prometheus;
  controller: ManagedProcess;
  readonly #clockFile: string;
  readonly #backups: FakeStateMetrics;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    parts: Pick<ControlPlaneStack, "admission" | "prometheus" | "controller">,
    { clockFile, backups }: { readonly clockFile: string; readonly backups: FakeStateMetrics },
    owned: AsyncDisposableStack,
  ) {
    this.admission = parts.admission;
    this.prometheus = parts.prometheus;
    this.controller = parts.controller;
    this.#clockFile = clockFile;
    this.#backups = backups;
    this.#owned = owned;
  }

  static async start(): Promise<ControlPlaneStack> {
    await using owned = new AsyncDisposableStack();
    const admission = owned.use(
      await AdmissionStack.start({ reviewTimeoutSeconds: 30, authorityValidityMs: 90 * dayMs }),
    );
    await admission.renewCertificate(30 * dayMs);
    const { kubectl, folder } = admission.plane;
    for (const kind of kinds) await kubectl.apply(readFileSync(join(root, `deploy/crds/${kind}.yaml`), "utf8"));
    await kubectl.established(...kinds.map((kind) => `${kind}.k8s.plugin.opnfv.org`));
    await kubectl.apply(["n1", "n2", "n9"].map((name) => ({ apiVersion: "v1", kind: "Node", metadata: { name } })));
    await kubectl.must(["label", "node", "n1", `${nodeKeys.gateway.key}=`]);
    for (const node of ["n1", "n2"]) await sayWires(kubectl, node, {}, node);
    const clockFile = join(folder, "clock.rc");
    writeFileSync(clockFile, "+0\n");
    const plain = controllerProcess(admission);
    const env = { ...process.env, ...clockEnvironment(clockLibrary(), clockFile) };
    const controller = owned.use(new ManagedProcess({ ...plain.spec, env }));
    await controller.start();
    const backups = owned.use(await FakeStateMetrics.start());
    const port = await reservePort();
    const targets = targetsOf(admission, controller, backups);
    const prometheus = owned.use(await Prometheus.start({ folder, port, targets, alerts: true }));
    await kubectl.apply([
      uplinkManifest("west", {
        physicalNetwork: "provider",
        addresses: ["198.51.100.102/24"],
        nextHops: ["198.51.100.1"],
        floating: { addresses: ["198.51.100.20", "198.51.100.21"] },
      }),
      network("blue", "10.80.0.0/24"),
      network("wide", "10.84.0.0/21"),
      network("pooled", "10.81.0.0/24", { pools: [{ name: "front", range: "10.81.0.8/31" }] }),
      network("small", "10.82.0.0/28"),
      network("shop", "10.83.0.0/24", { serviceAddresses: ["10.83.0.200..10.83.0.203"], snat: true, uplink: "west" }),
    ]);
    const made = ["blue", "wide", "pooled", "small", "shop"].map((name) => `network/${name}`);
    await kubectl.must(["wait", "uplink/west", ...made, "--for=condition=Ready", "--timeout=60s"]);
    return new ControlPlaneStack({ admission, prometheus, controller }, { clockFile, backups }, owned.move());
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.admission.plane.kubectl.must(args);
  }

  apply(...objects: readonly object[]): Promise<void> {
    return this.admission.plane.kubectl.apply(objects);
  }

  /** Creates a pod with an interface to the network, and gives the interface's port and address. */
  async addPod(
    name: string,
    asked: object,
    spec: object = {},
  ): Promise<{ readonly port: string; readonly ip: string }> {
    const pod = podManifest({ name, annotations: request(asked), labels: { made: "by-alerts" }, spec });
    const [element] = resultOf(await this.admission.create(pod));
    return { port: element?.port ?? "", ip: (element?.ip_address[0] ?? "").replace(/\/.*/, "") };
  }

  /** Creates a pod that is refused or not. */
  async tryPod(name: string, asked: object): Promise<void> {
    await this.addPod(name, asked).catch(() => undefined);
  }

  async removePods(...names: readonly string[]): Promise<void> {
    await this.kubectl("delete", "pod", ...names, "--grace-period=0", "--force", "--timeout=60s");
  }

  /** A port of somebody else with an address. */
  addForeign(name: string, switchName: string, address: string): Promise<void> {
    return addForeignPort(this.nb, { switchName, name, addresses: `0e:00:00:00:77:${name.length}0 ${address}` });
  }

  nbctl(...args: readonly string[]): Promise<string> {
    return nbctl(this.nb, ...args);
  }

  get nb(): string {
    return this.admission.nb.join(",");
  }

  get nbProcess(): ManagedProcess {
    const { nbServer } = this.admission;
    if (nbServer === undefined) throw new Error("the stack has started no database");
    return nbServer.process;
  }

  /** Sets how far the clock of the controller is ahead. */
  setClock(aheadSeconds: number): void {
    writeFileSync(this.#clockFile, `+${aheadSeconds}\n`);
  }

  /** Says how old the last backup is. */
  setBackupAge(seconds: number): void {
    this.#backups.ageSeconds = seconds;
  }

  /** Starts the controller, which may or may not become the leader. */
  async startController(ready: "leading" | "serving"): Promise<void> {
    this.controller = this.#owned.use(controllerProcess(this.admission, { name: `controller-${ready}`, ready }));
    await this.controller.start();
    await this.prometheus.scrape(targetsOf(this.admission, this.controller, this.#backups));
  }

  /** Kills the webhook as a crash does. */
  async killWebhook(): Promise<void> {
    const { replicas, balancer } = this.admission;
    for (const replica of replicas) {
      balancer.remove(replica.admissionPort);
      await replica.process.kill();
    }
  }

  /** Starts the webhook again, which has other ports then. */
  async startWebhook(): Promise<void> {
    const { replicas, balancer } = this.admission;
    for (const replica of replicas) {
      await replica.process.start();
      balancer.add(replica.admissionPort);
    }
    await this.prometheus.scrape(targetsOf(this.admission, this.controller, this.#backups));
  }

  /** Waits for several scrapes. */
  async pass(timeMs = 2_500): Promise<void> {
    await systemClock.sleep(timeMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

export const network = (name: string, subnet: string, more: object = {}): object =>
  networkManifest(name, { ipv4Subnets: [{ subnet }], ...more });

function targetsOf(
  admission: AdmissionStack,
  controller: ManagedProcess,
  backups: FakeStateMetrics,
): readonly ScrapeTarget[] {
  const at = (port: number) => `127.0.0.1:${port.toString()}`;
  return [
    ...admission.replicas.map((one, index) => ({ pod: `ovn4nfv-webhook-${index}`, address: at(one.operationsPort) })),
    { pod: "ovn4nfv-controller-0", address: at(operationsPort(controller)) },
    { pod: "kube-state-metrics", address: at(backups.port) },
  ];
}

/** Stands in for kube-state-metrics, which tells when a CronJob has succeeded. */
class FakeStateMetrics implements AsyncDisposable {
  ageSeconds = 60;
  readonly #server: Server;

  private constructor() {
    const series = 'kube_cronjob_status_last_successful_time{namespace="ovn4nfv-system",cronjob="ovn4nfv-backup"}';
    this.#server = createServer((_, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(`${series} ${Math.round(systemClock.now() / 1_000) - this.ageSeconds}\n`);
    });
  }

  static async start(): Promise<FakeStateMetrics> {
    const started = new FakeStateMetrics();
    await new Promise<void>((resolve) => started.#server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
