// Simulates replicas, pods, foreign writers and faults on one database. A list of choices drives it.
import { insert, mutate, namedUuid, type Operation } from "ovsdb-client";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { parseIp } from "#src/net/ip.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch, logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { allocationsIn, askedPort, networks } from "./asked-port.ts";
import {
  checkClaimRows,
  checkClaims,
  checkKeptAlone,
  checkKeptForClaims,
  checkNamed,
  checkNobodyIsLockedOut,
  checkNoTwoWinners,
  checkQuiet,
  checkRowsOfLive,
  checkUnanswered,
} from "./invariants.ts";
import { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";
import { SimulatedChanges } from "./simulated-changes.ts";
import { type SimulatedPod, SimulatedPods } from "./simulated-pods.ts";
import type { Snapshot } from "#test/fakes/ipam/simulated-transaction.ts";
import { SimulatedWebhook } from "./simulated-webhook.ts";

export interface SimulationOptions {
  readonly webhooks: number;
  /** The number of addresses of each switch, 1 to 4. */
  readonly pool: number;
  /**
   * True when NB may be restored from an older backup. Then no webhook dies, because docs/design/release-rules.md
   * leaves that case open.
   */
  readonly mayRestore: boolean;
  /** True when a server may answer `canceled` to a transaction that it commits later. */
  readonly mayBeAmbiguous: boolean;
  /** True when stored pods get interfaces and give them up. */
  readonly mayPlug: boolean;
}

type Choose = (below: number) => number;

interface Backup {
  readonly snapshot: Snapshot;
  /** The time at which it was made. */
  readonly atMs: number;
}

type Action = (choose: Choose) => void | Promise<void>;

export class Simulation {
  readonly clock = new ManualClock();
  readonly nb = new SimulatedNb();
  readonly pods = new SimulatedPods(this.nb, this.clock);
  readonly changes = new SimulatedChanges(this.pods, this.nb, this.clock);
  readonly #options: SimulationOptions;
  readonly #webhooks: SimulatedWebhook[];
  readonly #late: (readonly Operation[])[] = [];
  /** Allocations whose rows only the sweep can remove: their replica died, or did not learn the outcome. */
  readonly #excused = new Set<string>();
  readonly #calls = new Map<SimulatedPod, { readonly webhook: SimulatedWebhook; readonly abort: AbortController }>();
  #backup: Backup | undefined;
  #wasRestored = false;
  #ids = 0;
  #births = 0;
  #foreign = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.nb.execute([
      insert(nbGlobal, {}),
      ...networks.map((name, at) =>
        insert(logicalSwitch, {
          name,
          external_ids: {
            [externalId("subnets")]: `10.${at.toString()}.0.0/29`,
            [externalId("gateways")]: `10.${at.toString()}.0.1`,
            [externalId("exclude-ips")]:
              `10.${at.toString()}.0.${(2 + (at < 2 ? options.pool : 4)).toString()}..10.${at.toString()}.0.6`,
          },
        }),
      ),
    ]);
    this.#webhooks = Array.from({ length: options.webhooks }, () => this.#newWebhook());
    for (const webhook of this.#webhooks) webhook.connect();
  }

  /** Stores a pod for each replica, so that there are some to plug. */
  async begin(): Promise<void> {
    if (!this.#options.mayPlug) return;
    await this.#settle();
    const pods = this.#webhooks.map((webhook) => this.#askFor(webhook, [askedPort(0, 3, undefined)], 0));
    await this.#settle();
    for (const pod of pods) this.pods.bind(pod);
  }

  /** Does one action, which `choose` selects. */
  async step(choose: Choose): Promise<void> {
    const actions = this.#options.mayPlug ? this.#changing : this.#actions;
    await actions[choose(actions.length)]?.(choose);
    await settled();
    this.changes.observe();
    checkNoTwoWinners(this.pods);
    checkClaims(this.pods);
    if (!this.#wasRestored) checkRowsOfLive(this.pods);
  }

  /** Ends all faults: everything is answered in time, and every replica serves. After that the invariants must hold. */
  async quiet(): Promise<void> {
    await this.#settle();
    checkUnanswered(this.changes, this.#excused);
    await this.#endChanges();
    checkNamed(this.changes, this.pods);
    const last = this.#webhooks.flatMap((webhook) =>
      Array.from({ length: this.#options.pool + 1 }, () => this.#askFor(webhook, [askedPort(0, 0, undefined)], 0)),
    );
    await this.#settle();
    checkNobodyIsLockedOut(last);
    if (!this.#wasRestored) checkRowsOfLive(this.pods);
    checkQuiet(this.nb, this.pods, this.#excused);
    checkKeptAlone(this.nb, this.pods, this.#excused);
    checkKeptForClaims(this.nb, this.pods);
    if (!this.#wasRestored && this.#excused.size === 0) checkClaimRows(this.pods);
    for (const webhook of this.#webhooks) webhook.die();
    await settled();
  }

  /** Everything that was asked is stored or not, and the controller looks until the leases of all attempts have ended. */
  async #endChanges(): Promise<void> {
    while (this.changes.isOpen) this.changes.storeNext();
    this.changes.observe();
    for (let look = 0; look < 3; look += 1) {
      for (const pod of this.pods.all) this.changes.reconcile(pod, 0, true);
      await this.clock.advance(61_000);
    }
    for (const pod of this.pods.all) this.changes.reconcile(pod, 0, true);
    await this.#settle();
  }

  async #settle(): Promise<void> {
    for (let round = 0; round < 40; round += 1) {
      for (const operations of this.#late.splice(0)) this.nb.execute(operations);
      for (const webhook of this.#webhooks) {
        webhook.connect();
        while (webhook.session?.first !== undefined) {
          webhook.session.execute();
          webhook.session.reply(this.nb.last);
        }
        webhook.session?.deliver(this.nb.last);
      }
      await settled();
      if (round % 4 === 3) await this.clock.advance(10_000);
      this.pods.freeOrphans();
      checkNoTwoWinners(this.pods);
    }
  }

  /** The actions that may come next, some more than once. Most of them are work, so that faults have something to break. */
  readonly #actions: readonly Action[] = [
    ...often(6, (choose) => {
      this.#ask(choose);
    }),
    ...often(9, (choose) => {
      this.#pick(choose).session?.execute();
    }),
    ...often(9, (choose) => {
      this.#pick(choose).session?.reply(choose(3));
    }),
    ...often(3, (choose) => {
      this.#pick(choose).session?.deliver(1 + choose(3));
    }),
    ...often(4, (choose) => {
      this.#pick(choose).connect();
    }),
    ...often(3, (choose) => {
      this.#withStored(choose, (pod) => {
        this.pods.bind(pod);
      });
    }),
    ...often(4, (choose) => {
      if (this.#options.mayPlug && choose(5) > 0) return;
      this.#withStored(choose, (pod) => {
        this.pods.release(pod);
      });
    }),
    (choose) => {
      this.pods.deleteClaim(`claim-${choose(2).toString()}`);
    },
    ...often(3, async (choose) => {
      await this.clock.advance([10, 100, 100, 1_000, 1_000, 5_000, 10_000, 61_000][choose(8)] ?? 0);
    }),
    // Faults.
    (choose) => {
      this.#pick(choose).session?.executeAgain();
    },
    (choose) => {
      this.#cut(this.#pick(choose), choose);
    },
    () => {
      const operations = this.#late.shift();
      if (operations !== undefined) this.nb.execute(operations);
    },
    (choose) => {
      if (this.#options.mayBeAmbiguous) this.#answerAmbiguously(this.#pick(choose), choose);
    },
    (choose) => {
      this.#insertForeign(choose);
    },
    (choose) => {
      this.#hangUp(choose);
    },
    (choose) => {
      this.#undo(choose);
    },
    (choose) => {
      if (!this.#options.mayRestore) this.#crash(choose);
      else if (this.#backup === undefined) this.#backup = { snapshot: this.nb.now, atMs: this.clock.monotonicMs() };
      else this.#restore(this.#backup, choose);
    },
  ];

  /** Pods are plugged and unplugged more often than anything else happens. */
  readonly #changing: readonly Action[] = [
    ...often(7, (choose) => {
      this.#withStored(choose, (pod) => {
        this.#plug(pod, choose);
      });
    }),
    ...often(12, () => {
      this.changes.storeNext();
    }),
    ...often(3, (choose) => {
      this.#withStored(choose, (pod) => {
        this.changes.unplug(pod, choose(2));
      });
    }),
    ...often(9, (choose) => {
      const pod = this.pods.all[choose(Math.max(1, this.pods.all.length))];
      if (pod !== undefined) this.changes.reconcile(pod, choose(3), choose(2) === 0);
    }),
    ...this.#actions,
  ];

  #newWebhook(): SimulatedWebhook {
    this.#births += 1;
    return new SimulatedWebhook({
      nb: this.nb,
      clock: this.clock,
      name: `replica-${this.#births.toString()}`,
      fenceStart: BigInt(this.#births) << 40n,
      newId: () => {
        this.#ids += 1;
        return `a${this.#ids.toString()}`;
      },
      // All rotors start at the same place, which gives the most clashes.
      randomBelow: () => 0n,
      pods: this.pods.source,
    });
  }

  #pick(choose: Choose): SimulatedWebhook {
    const webhook = this.#webhooks[choose(this.#webhooks.length)];
    if (webhook === undefined) throw new Error("no webhook");
    return webhook;
  }

  #withStored(choose: Choose, act: (pod: SimulatedPod) => void): void {
    const stored = this.pods.live.filter(({ storedMs }) => storedMs <= this.clock.monotonicMs());
    const pod = stored[choose(Math.max(1, stored.length))];
    if (pod !== undefined) act(pod);
  }

  #ask(choose: Choose): void {
    const webhook = this.#pick(choose);
    if (choose(4) === 0) {
      this.#askFor(webhook, [this.#claimingPort(choose)], choose(101));
      return;
    }
    const count = choose(4) === 0 ? 2 : 1;
    const ports = Array.from({ length: count }, (_, n) => {
      const at = choose(3) === 0 ? 1 : 0;
      const wanted = choose(4) === 0 ? `10.${at.toString()}.0.${(2 + choose(3)).toString()}` : undefined;
      const mac = choose(10) === 0 ? `0a:58:0a:00:00:0${choose(4).toString()}` : undefined;
      return askedPort(n, at, wanted, mac);
    });
    this.#askFor(webhook, ports, choose(101));
  }

  /** The port of a claim, with what its object says at this moment. Somebody wrote addresses into two of the claims. */
  #claimingPort(choose: Choose): PortRequest {
    const at = choose(4);
    const name = `claim-${at.toString()}`;
    const { told, written } = this.pods;
    const first = parseIp(`10.0.0.${(2 + choose(3)).toString()}`);
    if (at > 1 && first !== undefined && !written.has(name)) written.set(name, [first]);
    const addresses = (told.get(name) ?? written.get(name) ?? []).map((ip) => ({ ip, prefixLength: undefined }));
    return { ...askedPort(0, 0, undefined), claim: { field: "claim", name, network: "blue", addresses } };
  }

  #askFor(webhook: SimulatedWebhook, ports: readonly PortRequest[], storeDelay: number): SimulatedPod {
    const abort = new AbortController();
    const deadlineMs = this.clock.monotonicMs() + 25_000;
    const request = { namespace: "default", podName: "", ports };
    const answer = webhook.committer.allocate(request, { deadlineMs, signal: abort.signal });
    const pod = this.pods.ask(request, answer, storeDelay);
    this.#calls.set(pod, { webhook, abort });
    return pod;
  }

  /** Asks for one more interface of a stored pod, perhaps with the addresses of a claim. */
  #plug(pod: SimulatedPod, choose: Choose): void {
    if (pod.allocation === undefined) return;
    const webhook = this.#pick(choose);
    const plain = askedPort(1 + choose(2), choose(4) === 0 ? 1 : 2, undefined);
    const port = choose(4) === 0 ? { ...this.#claimingPort(choose), interfaceName: "net2" } : plain;
    // The webhook refuses a name that the pod has.
    const names = pod.plugged.flatMap(({ allocation }) => allocation.ports.map(({ request }) => request.interfaceName));
    if (names.includes(port.interfaceName)) return;
    const joins = { allocation: pod.allocation.id, revision: pod.revision + 1 };
    const deadlineMs = this.clock.monotonicMs() + 25_000;
    const request = { namespace: "default", podName: `pod-${pod.id.toString()}`, ports: [port], joins };
    const { signal } = new AbortController();
    this.changes.ask(pod, webhook.committer.allocate(request, { deadlineMs, signal }), choose(5) === 0);
  }

  /** Lets a caller give up while it waits. */
  #hangUp(choose: Choose): void {
    const waiting = this.pods.all.filter(({ state }) => state === "asked");
    const pod = waiting[choose(Math.max(1, waiting.length))];
    if (pod !== undefined) this.#calls.get(pod)?.abort.abort();
  }

  /** Lets an answer come that cannot be delivered. */
  #undo(choose: Choose): void {
    const unstored = this.pods.live.filter(({ storedMs }) => storedMs > this.clock.monotonicMs());
    const pod = unstored[choose(Math.max(1, unstored.length))];
    if (pod?.allocation === undefined) return;
    pod.state = "ended";
    void this.#calls.get(pod)?.webhook.committer.rollBack(pod.allocation);
  }

  #cut(webhook: SimulatedWebhook, choose: Choose): void {
    for (const operations of webhook.session?.cut() ?? []) if (choose(2) === 0) this.#late.push(operations);
  }

  #answerAmbiguously({ session }: SimulatedWebhook, choose: Choose): void {
    if (session?.first === undefined) return;
    const { first, isFirstExecuted } = session;
    for (const id of allocationsIn(first)) this.#excused.add(id);
    if (!isFirstExecuted && choose(2) === 0) this.#late.push(first);
    session.replyAmbiguously();
  }

  #crash(choose: Choose): void {
    const at = choose(this.#webhooks.length);
    const webhook = this.#webhooks[at];
    if (webhook === undefined || choose(3) > 0) return;
    for (const call of this.#calls.values()) if (call.webhook === webhook) call.abort.abort();
    for (let id = 1; id <= this.#ids; id += 1) this.#excused.add(`a${id.toString()}`);
    this.#late.push(...(webhook.session?.cut() ?? []));
    webhook.die();
    this.#webhooks[at] = this.#newWebhook();
  }

  /** Restores a backup that is older than the renewal of all fence numbers, while all replicas have started. */
  #restore({ snapshot, atMs }: Backup, choose: Choose): void {
    if (this.clock.monotonicMs() - atMs < 61_000) return;
    const isCovered = this.#webhooks.every(({ fence, guard }) => {
      const [row] = snapshot.get(nbGlobal.name)?.values() ?? [];
      const old = (row?.["external_ids"] as ReadonlyMap<string, string>).get(fence.key);
      return guard.hasOpened && fence.judge(old) === "restored";
    });
    if (!isCovered) return;
    this.nb.restore(snapshot);
    this.#wasRestored = true;
    this.#backup = undefined;
    for (let id = 1; id <= this.#ids; id += 1) this.#excused.add(`a${id.toString()}`);
    if (choose(2) === 0) for (const webhook of this.#webhooks) webhook.session?.cut();
  }

  #insertForeign(choose: Choose): void {
    if (this.#foreign === 2 || choose(4) > 0) return;
    this.#foreign += 1;
    const [uuid] = this.nb.now.get(logicalSwitch.name)?.keys() ?? [];
    const address = `0a:58:0a:00:00:0${(2 + choose(3)).toString()} 10.0.0.${(2 + choose(3)).toString()}`;
    this.nb.execute([
      insert(logicalSwitchPort, { name: `vm${this.#foreign.toString()}`, addresses: [address] }, "vm"),
      mutate(logicalSwitch, [["_uuid", "==", uuid ?? ""]], [["ports", "insert", [namedUuid("vm")]]]),
    ]);
  }
}

function often(times: number, action: Action): readonly Action[] {
  return Array.from({ length: times }, () => action);
}
