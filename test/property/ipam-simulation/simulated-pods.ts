// The results of all requests: the API server with its stored pods, and the controller that binds and releases them.
import { AppError } from "#src/core/errors.ts";
import { type Allocation, type AllocationRequest, portName } from "#src/ipam/allocation.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import type { PodSource } from "#src/ipam/fence/restore-guard.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { bindPort, deletePorts, type PortRef } from "#src/ovn/port-operations.ts";
import { printIp } from "#src/net/ip.ts";
import type { ManualClock } from "#test/fakes/manual-clock.ts";
import type { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";

/** No create takes longer (docs/design/release-rules.md). The webhook answers long before. */
export const createCapMs = 34_000;

export interface SimulatedPod {
  readonly id: number;
  readonly request: AllocationRequest;
  readonly askedMs: number;
  allocation: Allocation | undefined;
  /** The time at which the API server stores the answered pod. Only then a list shows it. */
  storedMs: number;
  state: "asked" | "refused" | "live" | "ended";
  refusal: AppError | undefined;
}

export class SimulatedPods {
  readonly all: SimulatedPod[] = [];
  readonly #nb: SimulatedNb;
  readonly #clock: ManualClock;

  constructor(nb: SimulatedNb, clock: ManualClock) {
    this.#nb = nb;
    this.#clock = clock;
  }

  /** The pods that know their addresses and may use them. */
  get live(): readonly SimulatedPod[] {
    return this.all.filter(({ state }) => state === "live");
  }

  ask(request: AllocationRequest, answer: Promise<Allocation>, storeDelay: number): SimulatedPod {
    const askedMs = this.#clock.monotonicMs();
    const pod: SimulatedPod = {
      id: this.all.length,
      request,
      askedMs,
      allocation: undefined,
      storedMs: 0,
      state: "asked",
      refusal: undefined,
    };
    this.all.push(pod);
    answer.then(
      (allocation) => {
        pod.allocation = allocation;
        pod.state = "live";
        const now = this.#clock.monotonicMs();
        pod.storedMs = now + (Math.max(0, askedMs + createCapMs - now) * storeDelay) / 100;
      },
      (error: unknown) => {
        pod.state = "refused";
        if (!(error instanceof AppError)) throw error;
        pod.refusal = error;
      },
    );
    return pod;
  }

  /** Writes the pod's UID on its ports. */
  bind(pod: SimulatedPod): void {
    const rows = this.rowsOf(pod);
    if (rows.length === 0) return;
    const id = pod.allocation?.id ?? "";
    this.#nb.execute(
      rows.map(({ uuid }) =>
        bindPort({ uuid, allocation: id, pod: `pod-${pod.id}`, podUid: `uid-${pod.id}`, chassis: "" }),
      ),
    );
  }

  /** Deletes the ports of a pod that is gone. */
  release(pod: SimulatedPod): void {
    pod.state = "ended";
    const rows = this.rowsOf(pod);
    if (rows.length > 0) this.#nb.execute(deletePorts(rows));
  }

  /** The ports of a pod as NB has them. */
  rowsOf(pod: SimulatedPod): readonly PortRef[] {
    const { allocation } = pod;
    return (allocation?.ports ?? []).flatMap((port) => {
      const { network } = port;
      const name = portName(allocation?.id ?? "", port);
      const ports = this.#nb.now.get(logicalSwitchPort.name) ?? new Map<string, { readonly name?: unknown }>();
      const uuid = [...ports].find(([, row]) => row["name"] === name)?.[0];
      const members = this.#nb.now.get(logicalSwitch.name)?.get(network.switchUuid)?.["ports"];
      return uuid !== undefined && (members as ReadonlySet<string>).has(uuid)
        ? [{ uuid, switchUuid: network.switchUuid }]
        : [];
    });
  }

  readonly source: PodSource = {
    labelledPods: () =>
      Promise.resolve(
        this.live.filter(({ storedMs }) => storedMs <= this.#clock.monotonicMs()).map((pod) => claimOf(pod)),
      ),
    mayRun: (claim) => Promise.resolve(this.live.some(({ allocation }) => allocation?.id === claim.allocation)),
  };
}

function claimOf(pod: SimulatedPod): RecoveredPod {
  return {
    allocation: pod.allocation?.id ?? "",
    namespace: "default",
    pod: `pod-${pod.id.toString()}`,
    podUid: `uid-${pod.id.toString()}`,
    ports: (pod.allocation?.ports ?? []).map(({ network, addresses, mac }) => {
      return { network: network.name, ips: addresses.map(({ ip }) => ip), mac };
    }),
  };
}

/** The addresses of each port as `10.0.0.2 0a:58:...`, after the name of its switch. Two live pods must never share one. */
export function heldBy(pod: SimulatedPod): readonly string[] {
  return (pod.allocation?.ports ?? []).flatMap(({ network, addresses, mac }) =>
    [mac, ...addresses.map(({ ip }) => printIp(ip))].map((item) => `${network.name} ${item}`),
  );
}
