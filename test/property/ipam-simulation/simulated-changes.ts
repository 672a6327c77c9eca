// Interfaces that stored pods get and give up: the API server, which stores a change over the very version that was admitted only, and the
// controller, which decides by the real rules from a version of the pod that may be old.
import { readPod } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { decideActions, type LabelledPod } from "#src/controllers/allocation-rules/allocation-actions.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { type Allocation, type PlannedPort, portName } from "#src/ipam/allocation.ts";
import { printIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { deletePorts, stampPort } from "#src/ovn/ports/port-operations.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import type { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";
import type { ManualClock } from "#test/fakes/manual-clock.ts";
import { createCapMs, type PodVersion, type SimulatedPod, type SimulatedPods } from "./simulated-pods.ts";

/** One call of the webhook for a change of a pod. The API server calls again at each retry, and stores one answer at most. */
interface Change {
  readonly pod: SimulatedPod;
  /** The revision of the result that the change would make. */
  readonly revision: number;
  readonly askedMs: number;
  /** Nobody stores the answer. */
  readonly isDryRun: boolean;
  answer: Allocation | undefined;
}

interface AttemptRow {
  readonly name: string;
  readonly attempt: string;
  readonly allocation: string;
  /** The row has the name of an earlier attempt than the one that inserted it. */
  readonly isRetaken: boolean;
}

const leaseMs = 120_000;

export class SimulatedChanges {
  readonly #pods: SimulatedPods;
  readonly #nb: SimulatedNb;
  readonly #clock: ManualClock;
  readonly #open = new Set<Change>();
  /** The attempts that were answered, stored or not: only the controller may remove their rows. */
  readonly answered = new Set<string>();
  /** The times at which the controller first saw rows. */
  readonly #firstSeen = new Map<string, number>();

  constructor(pods: SimulatedPods, nb: SimulatedNb, clock: ManualClock) {
    this.#pods = pods;
    this.#nb = nb;
    this.#clock = clock;
  }

  /** Asks for a change of the pod as it is stored now. */
  ask(pod: SimulatedPod, answer: Promise<Allocation>, isDryRun: boolean): void {
    const askedMs = this.#clock.monotonicMs();
    const change: Change = { pod, revision: pod.revision + 1, askedMs, isDryRun, answer: undefined };
    answer.then(
      (allocation) => {
        change.answer = allocation;
        this.answered.add(allocation.id);
        this.#open.add(change);
      },
      (_: unknown) => {},
    );
  }

  /** Stores the oldest answer, unless the pod has changed since, has ended, or so much time has passed that nobody waits. */
  storeNext(): void {
    const [change] = this.#open;
    if (change?.answer === undefined) return;
    this.#open.delete(change);
    const { pod, revision, answer, isDryRun, askedMs } = change;
    const isLate = this.#clock.monotonicMs() - askedMs > createCapMs;
    if (isDryRun || isLate || pod.state !== "live" || pod.revision !== revision - 1) return;
    this.#write(pod, [...pod.plugged, { allocation: answer, isLeaving: false }]);
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Unplugs the interface of this number. */
  unplug(pod: SimulatedPod, number: number): void {
    if (pod.plugged[number]?.isLeaving !== false) return;
    this.#write(
      pod,
      pod.plugged.map((one, at) => (at === number ? { ...one, isLeaving: true } : one)),
    );
  }

  /** Tells the controller of rows that it has not seen. */
  observe(): void {
    for (const uuid of this.#nb.now.get(logicalSwitchPort.name)?.keys() ?? [])
      if (!this.#firstSeen.has(uuid)) this.#firstSeen.set(uuid, this.#clock.monotonicMs());
  }

  /** Lets the controller look at the allocation of a pod, of which it knows a version that is so much older than the newest. */
  reconcile(pod: SimulatedPod, age: number, isDown: boolean): void {
    const id = pod.allocation?.id;
    if (id === undefined) return;
    const rows = this.#rowsOf(id, isDown);
    const version = pod.versions[Math.max(0, pod.versions.length - 1 - age)] ?? { revision: 0, plugged: [] };
    const isStored = pod.state === "live" && pod.storedMs <= this.#clock.monotonicMs();
    const pods = isStored ? [labelled(pod, version)] : [];
    const nowMs = this.#clock.monotonicMs();
    for (const action of decideActions({ pods, rows, isAsWritten: () => true, nowMs, leaseMs })) {
      if (action.do === "bind") this.#pods.bind(pod);
      // A live read shows the newest version.
      else if (action.do === "drop-attempts" && (action.isSure || !this.#isNamed(pod, action.rows)))
        this.#delete(action.rows);
      else if (action.do === "unplug") this.#unplug(action.rows, action.others[0], action.revision);
      else if (action.do === "forget-unplugged") this.#forget(pod, rows);
      // A live read of pods that are not live finds none. Reservations of creates are judged without this sweep.
      else if (action.do === "sweep" && pod.state !== "live")
        this.#delete(action.rows.filter(({ owner }) => owner.revision !== undefined));
      else if (action.do === "delete-unowned" && pod.state !== "live") this.#delete(action.rows);
    }
  }

  /** The ports in NB that were inserted for changes, with their attempts. */
  attempts(): readonly AttemptRow[] {
    return [...(this.#nb.now.get(logicalSwitchPort.name)?.values() ?? [])].flatMap((row) => {
      const name = String(row["name"]);
      const ids = row["external_ids"] as ReadonlyMap<string, string>;
      const owner = portOwner(ids);
      const [attempt = ""] = name.split("-");
      const isRetaken = ids.has(externalId("retaken"));
      return owner === undefined || owner.allocation === attempt ? [] : [{ name, attempt, isRetaken, ...owner }];
    });
  }

  #rowsOf(id: string, isDown: boolean): readonly PortRow[] {
    return [...(this.#nb.now.get(logicalSwitchPort.name) ?? [])].flatMap(([uuid, row]) => {
      const owner = portOwner(row["external_ids"] as ReadonlyMap<string, string>);
      if (owner?.allocation !== id) return [];
      const firstSeenMs = this.#firstSeen.get(uuid) ?? this.#clock.monotonicMs();
      return [{ uuid, name: String(row["name"]), owner, firstSeenMs, isDown, isUp: !isDown }];
    });
  }

  #isNamed(pod: SimulatedPod, rows: readonly PortRow[]): boolean {
    const names = new Set(pod.state === "live" ? resultsOf(pod, pod).map(({ port }) => port) : []);
    return rows.some(({ name }) => names.has(name));
  }

  #delete(rows: readonly PortRow[]): void {
    const refs = this.#pods.refsOf(rows);
    if (refs.length > 0) this.#nb.execute(deletePorts(refs));
  }

  #unplug(rows: readonly PortRow[], witness: PortRow | undefined, revision: number): void {
    const stamp = witness === undefined ? [] : [stampPort({ uuid: witness.uuid, ...witness.owner }, revision)];
    this.#nb.execute([...deletePorts(this.#pods.refsOf(rows)), ...stamp]);
  }

  #forget(pod: SimulatedPod, rows: readonly PortRow[]): void {
    const there = new Set(rows.map(({ name }) => name));
    const kept = pod.plugged.filter((one) => !one.isLeaving || namesOf(one.allocation).some((name) => there.has(name)));
    if (kept.length < pod.plugged.length) this.#write(pod, kept);
  }

  #write(pod: SimulatedPod, plugged: SimulatedPod["plugged"]): void {
    pod.revision += 1;
    pod.plugged = plugged;
    pod.versions.push({ revision: pod.revision, plugged });
  }
}

const namesOf = ({ id, ports }: Allocation): readonly string[] => ports.map((port) => portName(id, port));

function labelled(pod: SimulatedPod, version: PodVersion): LabelledPod {
  const metadata = { name: `pod-${pod.id}`, namespace: "default", uid: `uid-${pod.id}` };
  const finalizers = ["k8s.plugin.opnfv.org/addresses"];
  return {
    pod: readPod({ metadata: { ...metadata, finalizers }, spec: {}, status: { phase: "Pending" } }),
    token: "valid",
    revision: version.revision,
    release: { release: false },
    results: resultsOf(pod, version),
  };
}

function resultsOf({ allocation }: SimulatedPod, { plugged }: Pick<PodVersion, "plugged">): readonly InterfaceResult[] {
  const entry = (id: string, port: PlannedPort): InterfaceResult => ({
    ip_address: port.addresses.map(({ ip }) => printIp(ip)),
    mac_address: port.mac,
    gateway_ip: [],
    defaultGateway: "false",
    interface: port.request.interfaceName,
    network: port.network.name,
    port: portName(id, port),
  });
  return [
    ...(allocation?.ports ?? []).map((port) => entry(allocation?.id ?? "", port)),
    ...plugged.flatMap(({ allocation: { id, ports }, isLeaving }) =>
      ports.map((port) => ({
        ...entry(id, port),
        plugged: true as const,
        ...(isLeaving ? { leaving: true as const } : {}),
      })),
    ),
  ];
}
