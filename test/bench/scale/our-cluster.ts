import { globSync } from "node:fs";
import { join } from "node:path";
import { type OvsdbCluster, startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { bundleFile, programFlags } from "#tools/build/bundle.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { controllerProcess } from "#test/stacks/controller-process.ts";
import { BareRequests } from "../release/bare-requests.ts";
import { auditOfOurs } from "./audit-counts.ts";
import { startKwok } from "./kwok.ts";
import { PortWatch } from "./port-watch.ts";
import type { Observed } from "./process-costs.ts";
import { networkRequests, nodeRequests, ovnNodeRequests } from "./scale-objects.ts";
import { makeNamespaces } from "./pod-namespaces.ts";
import type { ScaleSize } from "./scale-size.ts";

/** The defaults of the product, which a stack of tests makes shorter. */
const defaultTimings = {
  "reservation-lease": "2m",
  "force-delete-bound": "5m",
  "settle-time": "10s",
  "lease-duration": "15s",
  "renew-deadline": "10s",
  "retry-period": "2s",
};

/** A busy machine misses the heartbeats of the default timer of a second. */
const electionTimerMs = 4_000;

/** The whole installation but its agents: three webhooks, two controllers and NB as a cluster of three, with nodes that kwok plays. */
export class OurCluster implements AsyncDisposable {
  readonly stack: AdmissionStack;
  readonly nb: OvsdbCluster;
  readonly load: BareRequests;
  readonly watch: PortWatch;
  readonly kwok: ManagedProcess;
  /** The folder of the audit log. */
  readonly auditFolder: string;
  /** The first one leads at first. */
  controllers: readonly ManagedProcess[] = [];
  readonly #owned: AsyncDisposableStack;
  #started = 0;

  private constructor(
    parts: Pick<OurCluster, "stack" | "nb" | "load" | "watch" | "kwok" | "auditFolder">,
    owned: AsyncDisposableStack,
  ) {
    this.stack = parts.stack;
    this.nb = parts.nb;
    this.load = parts.load;
    this.watch = parts.watch;
    this.kwok = parts.kwok;
    this.auditFolder = parts.auditFolder;
    this.#owned = owned;
  }

  static async start(size: ScaleSize): Promise<OurCluster> {
    await using owned = new AsyncDisposableStack();
    const auditFolder = owned.use(createTemporaryFolder("audit")).path;
    const nb = owned.use(await startOvsdbCluster({ electionTimerMs }));
    await nbctl(nb.endpoints.join(","), "init");
    const stack = owned.use(
      await AdmissionStack.start({
        replicas: 3,
        nb: nb.endpoints,
        program: [...programFlags(), join(root, bundleFile)],
        // The limits of the product, and not those of tests.
        flags: { "max-open-reservations": "1024" },
        plane: { durable: true },
        apiServerFlags: () => auditOfOurs(auditFolder),
      }),
    );
    const { plane } = stack;
    const definitions = globSync("deploy/crds/!(kustomization).yaml", { cwd: root }).sort().flatMap(readManifests);
    await plane.kubectl.apply(definitions);
    await plane.kubectl.established(...["networks", "ovnnodes"].map((kind) => `${kind}.k8s.plugin.opnfv.org`));
    const load = owned.use(await BareRequests.start(plane, size.clients));
    const watch = owned.use(await PortWatch.start(nb.endpoints));
    const kwok = owned.use(await startKwok(plane));
    const cluster = new OurCluster({ stack, nb, load, watch, kwok, auditFolder }, owned.move());
    await makeNamespaces(plane);
    await load.send(nodeRequests(size));
    for (const requests of ovnNodeRequests(size)) await load.send(requests);
    await load.send(networkRequests(size));
    cluster.controllers = [await cluster.startController(), await cluster.startController("serving")];
    await watch.untilSwitches(/^net\d+$/, size.networks);
    return cluster;
  }

  /** Starts one more controller, as the image starts it. */
  async startController(ready: "leading" | "serving" = "leading"): Promise<ManagedProcess> {
    this.#started += 1;
    const started = controllerProcess(this.stack, {
      name: `controller-${this.#started}`,
      flags: defaultTimings,
      node: programFlags(),
      program: join(root, bundleFile),
      ready,
    });
    this.#owned.use(started);
    await started.start();
    return started;
  }

  /** The processes whose memory and processor time are told. */
  async observed(): Promise<Observed> {
    const { stack, nb, kwok } = this;
    const [leading, waiting] = this.controllers;
    const leader = await nb.leader();
    const follower = nb.members.find((member) => member !== leader);
    const [webhook1, webhook2, webhook3] = stack.replicas;
    const all = {
      webhook1: webhook1?.process,
      webhook2: webhook2?.process,
      webhook3: webhook3?.process,
      controller: leading,
      controllerWaiting: waiting,
      nbLeader: leader.process,
      nbFollower: follower?.process,
      apiServer: stack.plane.part("kube-apiserver"),
      etcd: stack.plane.part("etcd"),
      controllerManager: stack.plane.part("kube-controller-manager"),
      kwok,
    };
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, one]) => (one?.running === true ? [[name, one]] : [])),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
