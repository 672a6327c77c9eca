import assert from "node:assert/strict";
import { printIp } from "#src/net/ip.ts";
import { portName } from "#src/ipam/allocation.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { claimOf } from "#src/ovn/claims/port-claim.ts";
import type { SimulatedNb } from "#test/fakes/ipam/simulated-nb.ts";
import type { SimulatedChanges } from "./simulated-changes.ts";
import { heldBy, portsOf, type SimulatedPod, type SimulatedPods } from "./simulated-pods.ts";

/** Holds at every moment: no two pods that know their addresses share one on a switch. */
export function checkNoTwoWinners(pods: SimulatedPods): void {
  const holders = new Map<string, number>();
  for (const pod of pods.live) {
    for (const item of heldBy(pod)) {
      const other = holders.get(item);
      assert.equal(other, undefined, `pods ${String(other)} and ${pod.id.toString()} both hold ${item}`);
      holders.set(item, pod.id);
    }
  }
}

/** Holds at every moment: no two pods that know their addresses have one claim, and its pods have the addresses that it was told of. */
export function checkClaims(pods: SimulatedPods): void {
  const holders = new Map<string, number>();
  for (const pod of pods.live) {
    for (const { port } of portsOf(pod)) {
      const { claim, addresses } = port;
      if (claim === undefined) continue;
      const { name } = claim.claim;
      assert.equal(holders.get(name), undefined, `pods share the claim ${name}`);
      holders.set(name, pod.id);
      const told = (pods.told.get(name) ?? pods.written.get(name))?.map(printIp);
      if (told !== undefined)
        assert.deepEqual(addresses.map(({ ip }) => printIp(ip)).sort(), told.sort(), `addresses of ${name}`);
    }
  }
}

/** Holds when all is quiet and NB was not restored: a claim has one row at most, and one that was told of addresses has one. */
export function checkClaimRows(pods: SimulatedPods): void {
  const claimed = pods.claimed();
  for (const [name, rows] of claimed) assert.equal(rows.length, 1, `the claim ${name} has several rows`);
  for (const name of pods.told.keys()) assert.ok(claimed.has(name), `the claim ${name} lost its row`);
}

/** Holds when all is quiet: a row that keeps a claim has no address of a pod's port, unless that one is left from an attempt. */
export function checkKeptAlone(nb: SimulatedNb, pods: SimulatedPods, excused: ReadonlySet<string>): void {
  const rows = nb.now.get(logicalSwitchPort.name);
  const idsOf = (uuid: string) => rows?.get(uuid)?.["external_ids"] as ReadonlyMap<string, string>;
  for (const uuid of rows?.keys() ?? []) {
    const claim = claimOf(idsOf(uuid));
    if (claim?.isKept !== true) continue;
    const owners = pods.sharing(uuid).map((other) => idsOf(other).get(externalId("allocation")) ?? "");
    const beside = owners.filter((id) => id !== "" && !excused.has(id));
    assert.deepEqual(beside, [], `the claim ${claim.name} is kept beside the port of a pod`);
  }
}

/** Holds when all is quiet: no row is kept for a claim that does not exist. */
export function checkKeptForClaims(nb: SimulatedNb, pods: SimulatedPods): void {
  for (const row of nb.now.get(logicalSwitchPort.name)?.values() ?? []) {
    const claim = claimOf(row["external_ids"] as ReadonlyMap<string, string>);
    if (claim?.isKept !== true) continue;
    const isThere = pods.told.has(claim.name) || pods.written.has(claim.name);
    assert.ok(isThere, `a row is kept for the claim ${claim.name}, which does not exist`);
  }
}

/** Holds unless NB was restored: a pod that knows its addresses has all its rows. */
export function checkRowsOfLive(pods: SimulatedPods): void {
  for (const pod of pods.live) {
    const wanted = portsOf(pod).length;
    assert.equal(pods.rowsOf(pod).length, wanted, `pod ${pod.id.toString()} was answered and lacks rows`);
  }
}

/** Holds when all is quiet: every request was answered, and NB has no row of ours that nobody knows of. */
export function checkQuiet(nb: SimulatedNb, pods: SimulatedPods, excused: ReadonlySet<string>): void {
  const waiting = pods.all.filter(({ state }) => state === "asked").map(({ id }) => id);
  assert.deepEqual(waiting, [], "requests that wait forever");
  const live = new Set(pods.live.map(({ allocation }) => allocation?.id));
  const left = [...(nb.now.get(logicalSwitchPort.name)?.values() ?? [])].flatMap((row) => {
    const id = (row["external_ids"] as ReadonlyMap<string, string>).get(externalId("allocation"));
    return id === undefined || live.has(id) || excused.has(id) ? [] : [id];
  });
  assert.deepEqual(left, [], "rows that nobody was told of");
}

/** Holds for requests after all faults: they get addresses, or are refused because others hold all of them. */
export function checkNobodyIsLockedOut(asked: readonly SimulatedPod[]): void {
  const unserved = asked.filter(({ refusal }) => refusal !== undefined && refusal.code !== "PoolExhausted");
  assert.deepEqual(
    unserved.map(({ refusal }) => refusal?.message),
    [],
  );
}

/**
 * Holds when all is quiet: a row that was inserted for a change is of an answered attempt, or of one that only the controller can judge, as
 * it does where an attempt has taken the place of another one's row.
 */
export function checkUnanswered(changes: SimulatedChanges, excused: ReadonlySet<string>): void {
  const left = changes
    .attempts()
    .filter(({ attempt, isRetaken }) => !isRetaken && !changes.answered.has(attempt) && !excused.has(attempt));
  assert.deepEqual(left, [], "rows of changes that nobody was told of");
}

/** Holds after the lease: no row of a change is left that the result of a pod does not name. */
export function checkNamed(changes: SimulatedChanges, pods: SimulatedPods): void {
  const named = new Set(
    pods.live.flatMap(({ plugged }) =>
      plugged.flatMap(({ allocation: { id, ports } }) => ports.map((port) => portName(id, port))),
    ),
  );
  assert.deepEqual(
    changes.attempts().filter(({ name }) => !named.has(name)),
    [],
    "rows that no result names",
  );
}
