// Decides whether a pod may use its networks, and limits how many reservations a namespace holds on them.
import { admitsNamespace } from "#src/api/network/label-selector.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { type AppError, hasCode, refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import type { PortRequest } from "#src/ipam/allocation.ts";
import type { NbAllocator } from "#src/ipam/nb-allocator.ts";

/** Tells of Networks and Namespaces, from informers, and by a live read where an informer may be behind. */
export interface NetworkObjects {
  /** True when a Network or ProviderNetwork of this name exists in any namespace and is not being deleted. It makes at most one live LIST of each kind. */
  exists(name: string, options: CallOptions): Promise<boolean>;
  /** True when the Network with this UID is known to be on its way out. */
  isDeleting(uid: string): boolean;
  /** The labels of a namespace; undefined when the namespace does not exist. */
  labels(namespace: string, options: CallOptions): Promise<Readonly<Record<string, string>> | undefined>;
}

export interface NetworkGateOptions {
  readonly index: Pick<NbAllocator["index"], "named" | "floating">;
  readonly switches: Pick<NbAllocator["switches"], "next">;
  readonly objects: NetworkObjects;
}

/** A namespace with its labels. */
interface NamedLabels {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Lets the ports of a pod pass to the allocator, or refuses them. */
export class NetworkGate {
  readonly #options: NetworkGateOptions;

  constructor(options: NetworkGateOptions) {
    this.#options = options;
  }

  /**
   * Waits for the switches of Networks that exist, so that a pod and its Network may be applied together. The planner
   * refuses a name that has neither switch nor Network. Throws `NotAllowed` for a Network that is being deleted and for a
   * namespace that does not exist or whose labels do not match, and `BackendUnavailable` when a switch does not come in
   * time. Gives the labels of the namespace.
   */
  async pass(ports: readonly PortRequest[], namespace: string, options: CallOptions): Promise<NamedLabels["labels"]> {
    // The API server creates no pod in a namespace that does not exist. Only who posts reviews by himself names one.
    const labels = await this.#options.objects.labels(namespace, options);
    if (labels === undefined) throw unknownNamespace(namespace);
    const refusals = new Refusals();
    for (const port of ports) await refusals.whenTried(() => this.#passOne(port, { namespace, labels }, options));
    refusals.throwAll();
    return labels;
  }

  async #passOne(port: PortRequest, { namespace, labels }: NamedLabels, options: CallOptions): Promise<void> {
    if (this.#options.index.named(port.network).length === 0) await this.#waitForSwitch(port, options);
    const [state] = this.#options.index.named(port.network);
    this.#refuseDeleted(port, state?.network.objectUid);
    const selector = state?.network.namespaceSelector;
    if (selector !== undefined && !admitsNamespace(selector, namespace, labels)) throw notAdmitted(port, namespace);
    this.#refuseOutside(port, state?.network.uplink, { namespace, labels });
  }

  /** The planner knows the names of namespaces, and not their labels. */
  #refuseOutside({ floating }: PortRequest, uplink: string | undefined, { namespace, labels }: NamedLabels): void {
    if (floating === undefined || uplink === undefined) return;
    const selector = this.#options.index.floating.gateway(uplink)?.namespaceSelector;
    if (selector === undefined || admitsNamespace(selector, namespace, labels)) return;
    throw refusal("NotAllowed", {
      field: floating.field,
      value: uplink,
      reason: `is an Uplink that gives no floating addresses to the namespace ${JSON.stringify(namespace)}: its labels do not match`,
      remedy: "ask the owner of the Uplink to admit the namespace in spec.floating.allowedNamespaces",
    });
  }

  /** A workload that goes on making pods would keep the Network for ever. */
  #refuseDeleted(port: PortRequest, uid: string | undefined): void {
    if (uid === undefined || !this.#options.objects.isDeleting(uid)) return;
    throw refusal("NotAllowed", {
      field: `${port.field}.name`,
      value: port.network,
      reason: "is a Network that is being deleted, so that it admits no new pods",
      remedy: "ask for another network, or create this one again when it is gone",
    });
  }

  async #waitForSwitch(port: PortRequest, options: CallOptions): Promise<void> {
    const { index, switches, objects } = this.#options;
    // It listens before it asks, so that it does not miss a switch that comes meanwhile.
    const stop = new AbortController();
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    const appeared = switches.next(port.network, { ...options, signal });
    appeared.catch(() => {});
    try {
      if (!(await objects.exists(port.network, options)) || index.named(port.network).length > 0) return;
      await appeared;
    } catch (error) {
      if (hasCode(error, "DeadlineExceeded")) throw notYet(port, error);
      throw error;
    } finally {
      stop.abort();
    }
  }
}

function unknownNamespace(namespace: string): AppError {
  return refusal("NotAllowed", {
    field: "namespace",
    value: namespace,
    reason: "does not exist",
    remedy: "create the namespace, and then the pod",
  });
}

function notAdmitted(port: PortRequest, namespace: string): AppError {
  return refusal("NotAllowed", {
    field: `${port.field}.name`,
    value: port.network,
    reason: `does not admit pods of the namespace ${JSON.stringify(namespace)}: its labels do not match`,
    remedy: "ask the network's owner to admit the namespace",
  });
}

function notYet(port: PortRequest, cause: AppError): AppError {
  return refusal(
    "BackendUnavailable",
    {
      field: `${port.field}.name`,
      value: port.network,
      reason: "is a Network that has no logical switch yet",
      remedy: "try again; `kubectl describe network` tells what it waits for",
    },
    cause,
  );
}
