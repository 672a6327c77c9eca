import { ovnNodeStatusSchema } from "#src/api/node/ovn-node-schema.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { serviceProxy } from "#src/api/service/service-config.ts";
import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { projectClaimObject } from "#src/controllers/claims/claim-object.ts";
import { projectFloatingIp } from "#src/controllers/floating/floating-ip-object.ts";
import { projectNetwork } from "#src/controllers/networks/network-object.ts";
import { projectPolicy, projectPolicyDefinition } from "#src/controllers/policies/policy-objects.ts";
import { projectService } from "#src/controllers/services/service-object.ts";
import { projectTap } from "#src/controllers/taps/tap-object.ts";
import { projectUplink } from "#src/controllers/uplinks/uplink-object.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type Resource, resourcePath, resources } from "#src/kube/client/resources.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import { projectPod } from "#src/kube/informer/pod-informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import type { ViewOmission } from "#src/view/contract/view-event.ts";
import type { ViewKind } from "#src/view/contract/view-item.ts";
import { missingRight } from "../missing-right.ts";
import { followApiContact } from "./api-contact.ts";
import { isShownPod } from "./items/pod-items.ts";
import { given } from "./items/readiness.ts";
import type { DefinitionObject, KnownObjects, NodeObject } from "./items/view-facts.ts";

interface Watched<T> {
  readonly resource: Resource;
  /** Absent for what only says something about others, so that nobody misses it. */
  readonly kind?: ViewKind;
  readonly project: (raw: KubeObject) => T;
  /** Followed where the cluster does not serve the version of the resource. */
  readonly olderVersion?: string;
  readonly labelSelector?: string;
}

const watched = {
  pods: { resource: resources.pods, kind: "pod", project: projectLabelledPod },
  networks: { resource: resources.networks, kind: "network", project: (raw: KubeObject) => projectNetwork(raw) },
  providers: {
    resource: resources.providerNetworks,
    kind: "network",
    project: (raw: KubeObject) => projectNetwork(raw, "ProviderNetwork"),
  },
  chains: { resource: resources.networkChainings, kind: "chain", project: projectChain },
  taps: { resource: resources.taps, kind: "tap", project: projectTap },
  services: {
    resource: resources.services,
    kind: "service",
    project: projectService,
    labelSelector: `${serviceProxy.label}=${serviceProxy.value}`,
  },
  floatingIps: { resource: resources.floatingIps, kind: "floatingip", project: projectFloatingIp },
  policies: {
    resource: resources.multiNetworkPolicies,
    kind: "policy",
    project: projectPolicy,
    olderVersion: "v1beta1",
  },
  definitions: { resource: resources.networkAttachmentDefinitions, project: projectNamedDefinition },
  claims: { resource: resources.ipamClaims, kind: "claim", project: projectClaimObject },
  uplinks: { resource: resources.uplinks, kind: "uplink", project: projectUplink },
  nodes: { resource: resources.ovnNodes, kind: "node", project: projectNode },
} as const satisfies Record<string, Watched<unknown>>;

/** Says whether somebody may list a kind in a namespace, or in all of them. */
export type Sees = (resource: Resource, namespace: string | undefined) => boolean;

/** The kinds that are followed, each with the kind of the page that is made of it, if one is. */
export const followedKinds: readonly Pick<Watched<unknown>, "resource" | "kind">[] = Object.values(watched);

type WatchName = keyof typeof watched;
type Projected<N extends WatchName> = ReturnType<(typeof watched)[N]["project"]>;

export interface ClusterWatchOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  /** Only objects of this namespace, and those that are in none; all when it is undefined. */
  readonly namespace: string | undefined;
  readonly changed: () => void;
  /** Called with the reason when the API server is lost, and with undefined when it is found again. */
  readonly following: (lost: AppError | undefined) => void;
}

/** Time between two looks for kinds that were not installed before, or not allowed. */
const lookAgainMs = 30_000;
/** Time in which the API server answers such a look. */
const lookMs = 10_000;
const names = Object.keys(watched) as WatchName[];

/**
 * Follows the objects of the cluster with the rights of whoever started the program. A kind that may not be listed is left out and
 * named; one that is not installed is empty. Both are looked for again, and are followed once they are there.
 */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  readonly #informers = new Map<WatchName, Informer<unknown>>();
  /** Says why, by name. */
  readonly #forbidden = new Map<WatchName, string>();

  private constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  /** Reads all objects once, and follows them until the signal aborts. Throws what the API server answers, but for a missing right. */
  static async open(options: ClusterWatchOptions, call: CallOptions & { readonly signal: AbortSignal }) {
    const watch = new ClusterWatch(options);
    await Promise.all(names.map((name) => watch.#open(name, call)));
    void watch.#lookAgain(call.signal);
    const { clock, following } = options;
    const ask = (look: CallOptions) => watch.#ask(look);
    void followApiContact({ clock, heardAtMs: () => watch.#heardAtMs, ask, following }, call.signal);
    return watch;
  }

  /** The kinds that may not be listed. */
  get omitted(): readonly ViewOmission[] {
    return [...this.#forbidden].flatMap(([name, why]) => {
      const { kind }: Watched<unknown> = watched[name];
      return kind === undefined ? [] : [{ kind, why }];
    });
  }

  /** Undefined while nothing is followed. One kind that is heard of is enough, since others may have been uninstalled. */
  get #heardAtMs(): number | undefined {
    const heard = [...this.#informers.values()].flatMap(({ lastContactMs }) => lastContactMs ?? []);
    return heard.length === 0 ? undefined : Math.max(...heard);
  }

  async #ask(call: CallOptions): Promise<void> {
    const { client, namespace } = this.#options;
    const [name] = this.#informers.keys();
    if (name !== undefined) await mayList(client, watched[name].resource, namespace, call);
  }

  async #open(name: WatchName, call: CallOptions & { readonly signal: AbortSignal }): Promise<void> {
    const { client, namespace, clock, logger, metrics, changed } = this.#options;
    const { resource: newest, project, olderVersion, labelSelector }: Watched<unknown> = watched[name];
    let resource = newest;
    let right = await mayList(client, resource, namespace, call);
    if (right === false && olderVersion !== undefined) {
      resource = { ...newest, version: olderVersion };
      right = await mayList(client, resource, namespace, call);
    }
    if (typeof right === "string") this.#forbidden.set(name, right);
    else this.#forbidden.delete(name);
    if (right !== true) return;
    const parts = { client, clock, logger, metrics };
    const informer = new Informer<unknown>({
      ...parts,
      ...given("labelSelector", labelSelector),
      name,
      resource,
      namespace,
      project,
      indexers: {},
    });
    informer.addHandler({ added: changed, updated: changed, deleted: changed });
    this.#informers.set(name, informer);
    void informer.run(call.signal);
    await informer.whenSynced(call);
  }

  /** Looks again until the signal aborts. It never rejects. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    const { clock, logger, changed } = this.#options;
    for (;;) {
      // A sleep fails only by an abort.
      await clock.sleep(lookAgainMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const name of names.filter((one) => !this.#informers.has(one))) {
        const wasForbidden = this.#forbidden.has(name);
        try {
          await this.#open(name, { signal, deadlineMs: clock.monotonicMs() + lookMs });
        } catch (caught) {
          logger.debug({ name, err: fromUnknown(caught) }, "nobody says whether a kind may be listed");
        }
        if (!this.#informers.has(name) && this.#forbidden.has(name) === wasForbidden) continue;
        logger.info({ name, followed: this.#informers.has(name) }, "what is known of a kind has changed");
        changed();
      }
    }
  }

  /** All objects, or those that somebody may list. */
  facts(sees: Sees = () => true): KnownObjects {
    const networks = [this.#objects("networks", sees), this.#objects("providers", sees)];
    return {
      pods: this.#objects("pods", sees),
      networks: networks.every((one) => one === undefined) ? undefined : networks.flatMap((one) => one ?? []),
      chains: this.#objects("chains", sees),
      taps: this.#objects("taps", sees),
      services: this.#objects("services", sees),
      floatingIps: this.#objects("floatingIps", sees),
      policies: this.#objects("policies", sees),
      // Where there is no policy at all they say nothing, and no right of a viewer is asked for.
      definitions: this.#all("policies").length === 0 ? [] : this.#objects("definitions", sees),
      claims: this.#objects("claims", sees),
      uplinks: this.#objects("uplinks", sees),
      nodes: this.#objects("nodes", sees),
    };
  }

  #all<N extends WatchName>(name: N): readonly Projected<N>[] {
    // The table made the informer of this name with the projection of this name.
    return [...(this.#informers.get(name)?.values() ?? [])] as readonly Projected<N>[];
  }

  #objects<N extends WatchName>(name: N, sees: Sees): readonly Projected<N>[] | undefined {
    if (this.#forbidden.has(name)) return undefined;
    const { resource } = watched[name];
    const seesAll = sees(resource, undefined);
    if (!seesAll && !resource.namespaced) return undefined;
    const all = this.#all(name);
    if (seesAll) return all;
    // Nobody needs to ask for the namespaces of pods that have nothing to do with us.
    const isShown = (one: object): boolean => name !== "pods" || isShownPod(one as PodMetadata);
    return all.filter((one) => isShown(one) && sees(resource, namespaceOf(one as Placed)));
  }
}

interface Placed {
  readonly namespace?: string | undefined;
  readonly metadata?: PodMetadata["metadata"];
}

function namespaceOf({ namespace, metadata }: Placed): string {
  return namespace ?? metadata?.namespace ?? "";
}

/** True, false for a kind that is not installed, or the right that is missing. */
async function mayList(
  client: ApiClient,
  resource: Resource,
  namespace: string | undefined,
  call: CallOptions,
): Promise<boolean | string> {
  try {
    const path = resourcePath(resource, { namespace });
    await client.request({ ...call, method: "GET", path, query: { limit: 1 } });
    return true;
  } catch (caught) {
    if (isNotFound(caught)) return false;
    const right = missingRight(caught);
    if (right === undefined) throw caught;
    return namespace === undefined && resource.namespaced ? `${right}; --namespace shows one namespace` : right;
  }
}

/** Policies and FloatingIPs select pods by labels of their users. */
function projectLabelledPod(raw: KubeObject): PodMetadata {
  const pod = projectPod(raw);
  if (!isShownPod(pod)) return pod;
  return { ...pod, metadata: { ...pod.metadata, labels: raw.metadata.labels ?? {} } };
}

function projectNode(raw: KubeObject): NodeObject {
  return { name: raw.metadata.name, status: ovnNodeStatusSchema.safeParse(raw["status"]).data };
}

function projectNamedDefinition(raw: KubeObject): DefinitionObject {
  const { namespace = "", name } = raw.metadata;
  return { namespace, name, ...projectPolicyDefinition(raw) };
}
