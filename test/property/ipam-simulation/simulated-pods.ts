// The results of all requests: the API server with its stored pods, and the controller that binds and releases them.
import { AppError } from "#src/core/errors.ts";
import { type Allocation, type AllocationRequest, type PlannedPort, portName } from "#src/ipam/allocation.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import type { PodSource } from "#src/ipam/fence/restore-guard.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { bindPort, deletePorts, type PortRef } from "#src/ovn/ports/port-operations.ts";
import { claimKey, claimOf } from "#src/ovn/claims/port-claim.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { type KeptClaim, keptName, takeKept } from "#src/ovn/claims/claim-operations.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import type { ManualClock } from "#test/fakes/manual-clock.ts";
import type { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";

/** No create takes longer (docs/design/release-rules.md). The webhook answers long before. */
export const createCapMs = 34_000;

/** A stored result of a pod: the interfaces that it names beside those of the create. */
export interface PodVersion {
  readonly revision: number;
  readonly plugged: readonly { readonly allocation: Allocation; readonly isLeaving: boolean }[];
}

export interface SimulatedPod {
  readonly id: number;
  readonly request: AllocationRequest;
  readonly askedMs: number;
  allocation: Allocation | undefined;
  /** The time at which the API server stores the answered pod. Only then a list shows it. */
  storedMs: number;
  state: "asked" | "refused" | "live" | "ended";
  refusal: AppError | undefined;
  revision: number;
  plugged: PodVersion["plugged"];
  /** All that were stored, the oldest first. */
  readonly versions: PodVersion[];
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
      revision: 0,
      plugged: [],
      versions: [{ revision: 0, plugged: [] }],
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

  /** The addresses of claims as their objects tell them: those of the first bound pod. They never change. */
  readonly told = new Map<string, readonly IpAddress[]>();
  /** The addresses that somebody wrote into claims before any pod had them. */
  readonly written = new Map<string, readonly IpAddress[]>();

  /** Writes the pod's UID on its ports. Then the claims of the pod are told of their addresses. */
  bind(pod: SimulatedPod): void {
    const rows = this.rowsOf(pod);
    if (rows.length === 0) return;
    const id = pod.allocation?.id ?? "";
    const ports = portsOf(pod).map(({ port }) => port);
    for (const { claim, addresses } of rows.length === ports.length ? ports : []) {
      if (claim !== undefined && !this.told.has(claim.claim.name)) {
        this.told.set(
          claim.claim.name,
          addresses.map(({ ip }) => ip),
        );
      }
    }
    this.#nb.execute(
      rows.map(({ uuid }) =>
        bindPort({ uuid, allocation: id, pod: `pod-${pod.id}`, podUid: `uid-${pod.id}`, chassis: "" }),
      ),
    );
  }

  /** Deletes the ports of a pod that is gone, and leaves a row in the place of each that has addresses of a claim. */
  release(pod: SimulatedPod): void {
    pod.state = "ended";
    const rows = this.refsOf(this.#ownedBy(pod));
    if (rows.length > 0) this.#nb.execute(deletePorts(rows));
  }

  /** Deletes a claim that no pod has. As the controller does, it frees the row first, and the object goes with it. */
  deleteClaim(name: string): void {
    const rows = this.claimed().get(name) ?? [];
    if (this.written.has(name) || rows.length !== 1 || !this.#isKept(name)) return;
    this.#free(name);
    this.told.delete(name);
  }

  /** Frees the rows that are kept for claims which do not exist, as the controller does when the lease is over. */
  freeOrphans(): void {
    for (const name of this.claimed().keys()) {
      if (!this.told.has(name) && !this.written.has(name)) this.#free(name);
    }
  }

  #free(name: string): void {
    const rows = this.#nb.now.get(logicalSwitchPort.name);
    const claim = { ...clusterOf, name };
    const uuid = (this.claimed().get(name) ?? []).find((one) => rows?.get(one)?.["name"] === keptName(claim));
    const switches = [...(this.#nb.now.get(logicalSwitch.name) ?? [])];
    const home = switches.find(([, row]) => (row["ports"] as ReadonlySet<string>).has(uuid ?? ""))?.[0];
    if (uuid !== undefined && home !== undefined) this.#nb.execute(takeKept({ uuid, switchUuid: home, claim }));
  }

  /** The rows that NB has of each claim, by its name. */
  claimed(): ReadonlyMap<string, readonly string[]> {
    const ports = [...(this.#nb.now.get(logicalSwitchPort.name) ?? [])];
    const found = ports.flatMap(([uuid, row]) => {
      const claim = claimOf(row["external_ids"] as ReadonlyMap<string, string>);
      return claim === undefined ? [] : [{ uuid, name: claim.name }];
    });
    const byName = Map.groupBy(found, ({ name }) => name);
    return new Map([...byName].map(([name, rows]) => [name, rows.map(({ uuid }) => uuid)]));
  }

  #isKept(name: string): boolean {
    const rows = this.#nb.now.get(logicalSwitchPort.name);
    return (this.claimed().get(name) ?? []).some((uuid) => {
      const ids = rows?.get(uuid)?.["external_ids"] as ReadonlyMap<string, string> | undefined;
      return ids !== undefined && claimOf(ids)?.isKept === true;
    });
  }

  /** The other rows on the switch that have an address or the MAC of this one. */
  sharing(uuid: string): readonly string[] {
    const rows = this.#nb.now.get(logicalSwitchPort.name) ?? new Map<string, Readonly<Record<string, unknown>>>();
    const switches = [...(this.#nb.now.get(logicalSwitch.name)?.values() ?? [])];
    const members = switches.map((each) => each["ports"] as ReadonlySet<string>).find((ports) => ports.has(uuid));
    const itemsOf = (id: string) => [...((rows.get(id)?.["addresses"] ?? []) as Iterable<string>)].join(" ").split(" ");
    const own = new Set(itemsOf(uuid));
    return [...(members ?? [])].filter((id) => id !== uuid && itemsOf(id).some((item) => own.has(item)));
  }

  /** Does what the index of the controller does. */
  #keepsOf({ uuid, switchUuid }: PortRef): KeptClaim | undefined {
    const row = this.#nb.now.get(logicalSwitchPort.name)?.get(uuid);
    const ids = row?.["external_ids"] as ReadonlyMap<string, string> | undefined;
    const claim = ids && claimOf(ids);
    if (ids === undefined || claim === undefined) return undefined;
    const isUntold = claim.isFresh && portOwner(ids)?.podUid === "";
    const hasLost = claim.isTold && portOwner(ids)?.podUid === "" && this.sharing(uuid).length > 0;
    if (isUntold || hasLost || this.#isKept(claim.name)) return undefined;
    const [addresses = ""] = row?.["addresses"] as ReadonlySet<string>;
    const { cluster, namespace, name } = claim;
    return { claim: { cluster, namespace, name }, switchUuid, network: "blue", addresses };
  }

  /** The rows as they are deleted, each with what is kept of it. Rows that are on no switch any more are left out. */
  refsOf(rows: readonly { readonly uuid: string }[]): readonly PortRef[] {
    const switches = [...(this.#nb.now.get(logicalSwitch.name) ?? [])];
    return rows.flatMap(({ uuid }) => {
      const home = switches.find(([, row]) => (row["ports"] as ReadonlySet<string>).has(uuid))?.[0];
      if (home === undefined) return [];
      const ref = { uuid, switchUuid: home };
      return [{ ...ref, keeps: this.#keepsOf(ref) }];
    });
  }

  /** The rows of a pod's allocation, whether its result names them or not. */
  #ownedBy({ allocation }: SimulatedPod): readonly { readonly uuid: string }[] {
    const rows = [...(this.#nb.now.get(logicalSwitchPort.name) ?? [])];
    const ownerOf = (row: Readonly<Record<string, unknown>>) =>
      portOwner(row["external_ids"] as ReadonlyMap<string, string>)?.allocation;
    return rows.flatMap(([uuid, row]) => (ownerOf(row) === allocation?.id ? [{ uuid }] : []));
  }

  /** The ports that the result of a pod names and that stay, as NB has them. */
  rowsOf(pod: SimulatedPod): readonly PortRef[] {
    return portsOf(pod).flatMap(({ attempt, port }) => {
      const { network } = port;
      const name = portName(attempt, port);
      const ports = this.#nb.now.get(logicalSwitchPort.name) ?? new Map<string, { readonly name?: unknown }>();
      const uuid = [...ports].find(([, row]) => row["name"] === name)?.[0];
      const members = this.#nb.now.get(logicalSwitch.name)?.get(network.switchUuid)?.["ports"];
      return uuid !== undefined && (members as ReadonlySet<string>).has(uuid)
        ? [{ uuid, switchUuid: network.switchUuid }]
        : [];
    });
  }

  readonly source: PodSource = {
    labelledPods: (lacks) =>
      Promise.resolve([
        ...this.live
          .filter(({ storedMs }) => storedMs <= this.#clock.monotonicMs())
          .map((pod) => recoveredPod(pod))
          .filter(lacks),
        ...[...this.told].map(([name, ips]) => recoveredClaim(name, ips)),
      ]),
    mayRun: ({ allocation: id, keptFor }) =>
      Promise.resolve(
        keptFor === undefined
          ? this.live.some(({ allocation }) => allocation?.id === id)
          : [...this.told.keys()].some((name) => claimKey({ ...clusterOf, name }) === keptFor),
      ),
  };
}

const clusterOf = { cluster: "c", namespace: "default" };

function recoveredClaim(name: string, ips: readonly IpAddress[]): RecoveredPod {
  const key = claimKey({ ...clusterOf, name });
  const ports = [{ network: "blue", ips, mac: undefined }];
  return { allocation: key, namespace: "default", pod: name, podUid: "", ports, keptFor: key };
}

function recoveredPod(pod: SimulatedPod): RecoveredPod {
  const ports = portsOf(pod).map(({ port }) => port);
  return {
    claims: ports.flatMap(({ claim }) => (claim === undefined ? [] : claimKey(claim.claim))),
    allocation: pod.allocation?.id ?? "",
    namespace: "default",
    pod: `pod-${pod.id.toString()}`,
    podUid: `uid-${pod.id.toString()}`,
    ports: ports.map(({ network, addresses, mac }) => {
      return { network: network.name, ips: addresses.map(({ ip }) => ip), mac };
    }),
  };
}

/** The addresses of each port as `10.0.0.2 0a:58:...`, after the name of its switch. Two live pods must never share one. */
export function heldBy(pod: SimulatedPod): readonly string[] {
  return portsOf(pod).flatMap(({ port: { network, addresses, mac } }) =>
    [mac, ...addresses.map(({ ip }) => printIp(ip))].map((item) => `${network.name} ${item}`),
  );
}

/** The ports that the result of a pod names, without those that leave: from them nobody can send when their row is lost. */
export function portsOf(pod: SimulatedPod): readonly { readonly attempt: string; readonly port: PlannedPort }[] {
  const staying = pod.plugged.flatMap(({ allocation, isLeaving }) => (isLeaving ? [] : [allocation]));
  return [...(pod.allocation === undefined ? [] : [pod.allocation]), ...staying].flatMap(({ id, ports }) =>
    ports.map((port) => ({ attempt: id, port })),
  );
}
