import type { Metrics } from "#src/core/metrics.ts";
import type { IpAddress } from "#src/net/ip.ts";
import type { ServedOutside } from "./outside-holds.ts";
import type { ServiceDecision } from "./service-decision.ts";
import type { ServiceNetwork } from "./service-object.ts";

export type ServiceState = "served" | "waiting" | "refused";

interface Measured {
  readonly state: ServiceState;
  readonly network: string | undefined;
  readonly addresses: readonly IpAddress[];
  readonly backends: number;
  /** Undefined where it does not ask to be reached from outside. */
  readonly isReached: boolean | undefined;
}

/** Keeps what became of each Service, and tells it to those who scrape. */
export class ServiceMeasures {
  readonly #metrics: Pick<Metrics, "set" | "clear">;
  readonly #services = new Map<string, Measured>();

  constructor(metrics: Pick<Metrics, "set" | "clear">) {
    this.#metrics = metrics;
  }

  stateOf(uid: string): ServiceState | undefined {
    return this.#services.get(uid)?.state;
  }

  set(
    uid: string,
    decision: ServiceDecision,
    outside: ServedOutside | undefined,
    network: ServiceNetwork | undefined,
  ): void {
    const isReached = outside && outside.problem === undefined;
    const base = { network: network?.name, isReached };
    if (decision.kind === "refused") {
      this.#services.set(uid, { ...base, state: "refused", addresses: [], backends: 0 });
      return;
    }
    const { service, problem } = decision;
    const ends = service.ports.flatMap(({ backends }) => backends);
    this.#services.set(uid, {
      ...base,
      state: problem === undefined ? "served" : "waiting",
      addresses: service.addresses,
      backends: ends.length,
    });
  }

  forget(uid: string): void {
    this.#services.delete(uid);
  }

  /** Writes all measures, those of the pools for these networks. */
  tell(networks: Iterable<ServiceNetwork | undefined>): void {
    const all = [...this.#services.values()];
    for (const state of ["served", "waiting", "refused"] as const) {
      this.#metrics.set("ovn4nfv_services", { state }, all.filter((one) => one.state === state).length);
    }
    const asking = all.filter(({ isReached }) => isReached !== undefined);
    const reached = asking.filter(({ isReached }) => isReached === true).length;
    this.#metrics.set("ovn4nfv_services_outside", { state: "reached" }, reached);
    this.#metrics.set("ovn4nfv_services_outside", { state: "waiting" }, asking.length - reached);
    this.#metrics.set(
      "ovn4nfv_service_backends",
      {},
      all.reduce((sum, { backends }) => sum + backends, 0),
    );
    this.#metrics.clear("ovn4nfv_service_addresses");
    const onNetwork = Map.groupBy(all, ({ network }) => network);
    for (const network of networks) {
      if (network === undefined || network.ranges.length === 0) continue;
      const { name, ranges } = network;
      const size = ranges.reduce((sum, { first, last }) => sum + Number(last.value - first.value) + 1, 0);
      const used = (onNetwork.get(name) ?? []).reduce((sum, one) => sum + one.addresses.length, 0);
      this.#metrics.set("ovn4nfv_service_addresses", { network: name, state: "used" }, used);
      this.#metrics.set("ovn4nfv_service_addresses", { network: name, state: "free" }, Math.max(0, size - used));
    }
  }
}
