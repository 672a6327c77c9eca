// Keeps network policies in NB while the cluster runs: a MultiNetworkPolicy becomes port groups and ACLs, and ports follow the
// labels of their pods into and out of the groups. A new port is put into them by the webhook, before this controller knows it.
import { changeIn, type RowChange } from "ovsdb-client";
import type { GroupedPod } from "#src/api/policy/group-selector.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { compareAge } from "#src/kube/client/object-life.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import { changedHandler } from "#src/kube/informer/changed-handler.ts";
import { Informer, type InformerHandler } from "#src/kube/informer/informer.ts";
import { type ReconcileResult, runReconcileLoop } from "#src/kube/queue/reconcile-loop.ts";
import { WorkQueue } from "#src/kube/queue/work-queue.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { policyRows, policyScope } from "#src/ovn/rows/policy-rows.ts";
import { acl, portGroup } from "#src/ovn/owned/topology-tables.ts";
import { controllerPort } from "../northbound/controller-tables.ts";
import type { NbFeed } from "../northbound/nb-feed.ts";
import { isAlikeIn, type NetworkedPod } from "../pods/networked-pod.ts";
import type { NetworkedPods } from "../pods/networked-pods.ts";
import { RowWriter } from "../topology/row-writer.ts";
import { BoundPorts } from "./bound-ports.ts";
import { whenDefinitionsKnown } from "../definitions/definitions-known.ts";
import { memberChanges, type PodOfPort } from "./group-members.ts";
import { decidePolicy, type PolicyDecision, type PolicyWorld } from "./policy-decision.ts";
import {
  type PolicyDefinition,
  type PolicyNamespace,
  type PolicyObject,
  projectPolicyDefinition,
  projectPolicyNamespace,
} from "./policy-objects.ts";
import { PolicyReports } from "./policy-reports.ts";
import { policySteps } from "./policy-steps.ts";
import { PolicyWatch } from "./policy-watch.ts";
import { networkFamilies } from "./network-families.ts";

export interface PolicyControllerOptions {
  readonly nb: NbFeed;
  readonly client: ApiClient;
  readonly pods: Pick<NetworkedPods, "follow" | "byIndex">;
  /** UID of kube-system. */
  readonly cluster: string;
  readonly events: Pick<EventRecorder, "record">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const controller = "policies";
/** Policies share groups. So one pass looks at all of them; the other keys are UIDs of pods. */
const everything = "all";
const callMs = 15_000;
/** The fields by which policies select a pod. */
const selectedFields = ["labels", "ports"] as const;

/** Runs while this process leads. Two at once do no harm, since every write carries the state on which it was decided. */
export class PolicyController {
  readonly #options: PolicyControllerOptions;
  readonly #queue: WorkQueue;
  readonly #policies: PolicyWatch;
  readonly #namespaces: Informer<PolicyNamespace>;
  readonly #definitions: Informer<PolicyDefinition>;
  readonly #writer: RowWriter;
  readonly #directory: GroupDirectory;
  readonly #ports: BoundPorts;
  readonly #reports: PolicyReports;
  readonly #podHandler: InformerHandler<NetworkedPod> = {
    added: (pod) => {
      this.#podChanged(pod);
    },
    updated: (old, pod) => {
      if (!isAlikeIn(selectedFields, old, pod)) this.#podChanged(pod, old);
    },
    deleted: (pod) => {
      if (this.#hasNames && pod.ports.length > 0) this.#queue.add(everything);
    },
  };
  /** The watches of namespaces and definitions; undefined while there was no policy. */
  #watching: Promise<unknown> | undefined;
  /** True when a policy names a port, so that the ports of pods decide about rows. */
  #hasNames = false;

  constructor(options: PolicyControllerOptions) {
    this.#options = options;
    const { nb, client, cluster, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#queue = new WorkQueue({ name: controller, clock, metrics });
    this.#writer = new RowWriter(nb, cluster);
    this.#directory = new GroupDirectory(cluster);
    this.#ports = new BoundPorts(cluster);
    this.#reports = new PolicyReports(options);
    this.#policies = new PolicyWatch(parts);
    this.#namespaces = new Informer({
      ...parts,
      name: "policy-namespaces",
      resource: resources.namespaces,
      project: projectPolicyNamespace,
      indexers: {},
    });
    this.#definitions = new Informer({
      ...parts,
      name: "policy-definitions",
      resource: resources.networkAttachmentDefinitions,
      project: projectPolicyDefinition,
      indexers: {},
    });
  }

  /** Returns when the signal has aborted and the work in progress has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const look = (): void => {
      this.#queue.add(everything);
    };
    this.#policies.onChange = look;
    this.#handle(look);
    const { nb, clock, logger, metrics } = this.#options;
    const unfollow = nb.follow({
      changed: (changes) => {
        if (this.#watching !== undefined) this.#nbChanged(changes);
        else if (changes.some(isOfPolicies)) look();
      },
      synced: () => {
        this.#writer.changed();
        look();
      },
      lost: () => {},
    });
    // The first pass covers rows that exist already: no event will report them.
    look();
    const reconcile = (key: string, stop: AbortSignal) => this.#reconcile(key, signal, stop);
    const loop = { controller, queue: this.#queue, workers: 1, reconcile, clock, logger, metrics };
    await Promise.all([this.#policies.run(signal), runReconcileLoop(loop, signal)]);
    await this.#watching;
    unfollow();
    this.#queue.close();
  }

  #handle(look: () => void): void {
    this.#namespaces.addHandler({
      added: look,
      updated: (old, now) => {
        if (JSON.stringify(old) !== JSON.stringify(now)) look();
      },
    });
    this.#definitions.addHandler(changedHandler(look));
  }

  #podChanged(pod: NetworkedPod, old?: NetworkedPod): void {
    this.#queue.add(pod.uid);
    if (this.#hasNames && pod.ports.length + (old?.ports.length ?? 0) > 0) this.#queue.add(everything);
  }

  async #reconcile(key: string, running: AbortSignal, signal: AbortSignal): Promise<ReconcileResult> {
    const { nb, clock } = this.#options;
    const options = { signal, deadlineMs: clock.monotonicMs() + callMs };
    await nb.waitForSession(options);
    await this.#policies.whenSynced(options);
    const all = [...this.#policies.values()].filter(({ deleting }) => !deleting).sort(compareAge);
    if (all.length === 0 && !this.#hasRows()) {
      this.#reports.tell(new Map());
      return {};
    }
    await this.#know(running, options);
    if (key !== everything) {
      await this.#bringPod(key, options);
      return {};
    }
    await whenDefinitionsKnown(this.#definitions, this.#options.client, options);
    await this.#bringAll(all, options);
    return {};
  }

  /** Reads all rows of ours, so that it is asked only where there is no policy. */
  #hasRows(): boolean {
    return [...this.#writer.owned.rows.keys()].some((id) => id.startsWith(`${policyScope}/`));
  }

  /** Where nobody has policies no pod is watched for them, and no port is counted. */
  async #know(running: AbortSignal, options: CallOptions): Promise<void> {
    const { nb, pods } = this.#options;
    const watched = [this.#namespaces, this.#definitions];
    if (this.#watching === undefined) {
      this.#watching = Promise.all(watched.map((one) => one.run(running)));
      this.#ports.fill(nb.rows(controllerPort));
      this.#directory.fill(nb.rows(portGroup));
    }
    await Promise.all([pods.follow(this.#podHandler, options), this.#namespaces.whenSynced(options)]);
  }

  async #bringAll(
    all: readonly PolicyObject[],
    options: CallOptions & { readonly signal: AbortSignal },
  ): Promise<void> {
    const { nb, cluster } = this.#options;
    const ports = [...this.#ports.values()].flatMap((port) => this.#podOf(port.podUid).map((pod) => ({ port, pod })));
    const world = this.#world(ports);
    const decisions = new Map<PolicyObject, PolicyDecision>(all.map((policy) => [policy, decidePolicy(policy, world)]));
    this.#hasNames = all.some(({ config }) => typeof config !== "string" && config.rules.some(hasNames));
    const applied = [...decisions.values()].flatMap((decision) => decision.applied);
    const desired = policyRows(applied, cluster);
    const { first, keeps, last } = policySteps(desired, this.#writer.owned, ports, cluster);
    await this.#bring(first, options, keeps);
    await this.#writer.write(memberChanges(ports, this.#directory, nb, cluster), options);
    if (last !== undefined) await this.#bring(last, options);
    this.#reports.tell(decisions);
  }

  async #bring(
    rows: ReturnType<typeof policyRows>,
    options: CallOptions,
    keeps?: (id: string) => boolean,
  ): Promise<void> {
    const conflict = await this.#writer.bring(policyScope, rows, [], options, keeps);
    if (conflict === undefined) return;
    throw new AppError("RowsChanged", `the name ${conflict.name} in ${conflict.table} is of a row of somebody else`);
  }

  async #bringPod(uid: string, options: CallOptions): Promise<void> {
    const { nb, cluster } = this.#options;
    const ports = this.#ports.ofPod(uid).flatMap((port) => this.#podOf(uid).map((pod) => ({ port, pod })));
    await this.#writer.write(memberChanges(ports, this.#directory, nb, cluster), options);
  }

  /** The facts about a stored pod; none while it or its namespace is not known. */
  #podOf(uid: string): readonly GroupedPod[] {
    return this.#options.pods.byIndex("uid", uid).flatMap(({ namespace, labels, ports }) => {
      const found = this.#namespaces.get(namespace);
      return found === undefined ? [] : [{ namespace, labels, ports, namespaceLabels: found.labels }];
    });
  }

  #world(ports: readonly PodOfPort[]): PolicyWorld {
    const { nb } = this.#options;
    const families = networkFamilies(nb);
    const byNetwork = new Map(
      [...Map.groupBy(ports, ({ port }) => port.network)].map(([network, those]) => [
        network,
        those.map(({ pod }) => pod),
      ]),
    );
    return {
      definition: (key) => this.#definitions.get(key),
      families: (network) => families.get(network),
      pods: (network) => byNetwork.get(network) ?? [],
    };
  }

  #nbChanged(changes: readonly RowChange[]): void {
    this.#directory.apply(changes);
    for (const uid of this.#ports.apply(changes)) this.#queue.add(uid);
    const { nb } = this.#options;
    for (const change of changes) {
      const group = changeIn(portGroup, change);
      const { added = [], removed = [] } = group?.deltas.ports ?? {};
      const moved = [...added, ...removed] as readonly string[];
      for (const port of moved) {
        const row = nb.rows(controllerPort).get(port);
        const uid = row && portOwner(row.external_ids)?.podUid;
        if (uid !== undefined && uid !== "") this.#queue.add(uid);
      }
      if (isOfPolicies(change)) this.#writer.changed();
      if ((isOfPolicies(change) && moved.length === 0) || isOfNetworks(change)) this.#queue.add(everything);
    }
  }
}

function hasNames({ ports }: { readonly ports: readonly { readonly name?: string }[] | undefined }): boolean {
  return ports?.some(({ name }) => name !== undefined) === true;
}

/** Rows of ours: groups, ACLs, and address sets. */
function isOfPolicies({ table, before, after }: RowChange): boolean {
  if (table !== portGroup.name && table !== acl.name && table !== "Address_Set") return false;
  return [before, after].some((side) => {
    const ids = side?.["external_ids"] as ReadonlyMap<string, string> | undefined;
    return ids?.get(externalId("row"))?.startsWith(`${policyScope}/`) === true;
  });
}

/** A network came or went, or its subnets changed. */
function isOfNetworks(change: RowChange): boolean {
  const row = changeIn(logicalSwitch, change);
  if (row === undefined) return false;
  const { before, after } = row;
  return before?.name !== after?.name || before?.external_ids !== after?.external_ids;
}
