import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import { RestoreGuard } from "#src/ipam/fence/restore-guard.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { recoveredPod, keyOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const quietMs = 40_000;
const recheckMs = 30_000;

/** A guard whose reads of stored pods are answered when the test says so. */
function guarding(t: TestContext) {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/29");
  const reads: (PromiseWithResolvers<readonly RecoveredPod[]> & { readonly lacks: (pod: RecoveredPod) => boolean })[] =
    [];
  const checks: (PromiseWithResolvers<boolean> & { readonly pod: RecoveredPod })[] = [];
  const guard = new RestoreGuard({
    index: nb.index,
    clock: nb.clock,
    logger: silentLogger,
    metrics: createMetrics(),
    quietMs,
    recheckMs,
    pods: {
      labelledPods: (lacks) => {
        const read = { ...Promise.withResolvers<readonly RecoveredPod[]>(), lacks };
        reads.push(read);
        return read.promise;
      },
      mayRun: (pod) => {
        const check = { ...Promise.withResolvers<boolean>(), pod };
        checks.push(check);
        return check.promise;
      },
    },
  });
  const ending = new AbortController();
  t.after(() => {
    ending.abort();
  });
  guard.run(ending.signal).catch(() => {});
  /** Answers the newest read of the pods, with those of them that lack something. */
  const stored = async (...pods: readonly RecoveredPod[]): Promise<void> => {
    const read = reads.at(-1);
    read?.resolve(pods.filter(read.lacks));
    await settled();
  };
  const isKept = (ip: string): boolean => nb.index.recovered.of("blue", keyOf(ip)) !== undefined;
  return { nb, guard, reads, checks, stored, isKept };
}

const podAt = (n: number, allocation = n.toString()): RecoveredPod =>
  recoveredPod("blue", `10.0.0.${n.toString()}`, `0a:00:00:00:00:0${n.toString()}`, allocation);

describe("the restore guard", () => {
  it("is closed at the start until the stored pods were read once", async (t) => {
    const { guard, reads, stored } = guarding(t);
    assert.deepEqual([guard.closedReason(), guard.hasOpened], ["is being read for the first time", false]);
    assert.equal(reads.length, 1, "it pages at once");
    await stored();
    assert.deepEqual([guard.closedReason(), guard.hasOpened], [undefined, true]);
    await guard.opened;
  });

  it("reads the pods again when NB is restored during the first read, which has let pods pass by rows that are gone now", async (t) => {
    const { nb, guard, reads, stored, isKept } = guarding(t);
    nb.addPort("blue", "a", { allocation: "2", podUid: "uid", addresses: "0a:00:00:00:00:02 10.0.0.2" });
    const page = [podAt(2)].filter((pod) => reads[0]?.lacks(pod));
    nb.removePort("blue", "a");
    guard.restored();
    reads[0]?.resolve(page);
    await settled();
    assert.match(guard.closedReason() ?? "", /^was restored from a backup/);
    assert.equal(guard.hasOpened, false, "a webhook that starts is not ready yet");
    await nb.clock.advance(quietMs);
    assert.deepEqual([reads.length, guard.hasOpened], [2, false]);
    await stored(podAt(2));
    assert.deepEqual([guard.closedReason(), guard.hasOpened, isKept("10.0.0.2")], [undefined, true, true]);
    await guard.opened;
  });

  it("tries again until the pods could be read", async (t) => {
    const { nb, guard, reads, stored } = guarding(t);
    reads[0]?.reject(new Error("no API server"));
    await settled();
    assert.equal(guard.hasOpened, false);
    await nb.clock.advance(2_000);
    assert.equal(reads.length, 2);
    await stored();
    assert.equal(guard.closedReason(), undefined);
  });

  it("takes no row that only keeps a claim for the port of the pod that has the claim", async (t) => {
    const { nb, stored, isKept } = guarding(t);
    nb.addPort("blue", "kept", { addresses: "0a:00:00:00:00:04 10.0.0.4", claim: "db-0" });
    await stored({ ...podAt(4), claims: ["/default/db-0"] });
    assert.equal(isKept("10.0.0.4"), true, "the pod's row is lost, and an older one came back");
  });

  it("keeps the addresses of a claim that has no row, and not those of one that has", async (t) => {
    const { nb, stored, isKept } = guarding(t);
    nb.addPort("blue", "kept", { addresses: "0a:00:00:00:00:04 10.0.0.4", claim: "db-4" });
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:05 10.0.0.5" });
    const claims = [4, 5, 6].map((n) => ({ ...podAt(n), podUid: "", keptFor: `/default/db-${n.toString()}` }));
    await stored(
      ...claims.map((claim) => ({ ...claim, ports: claim.ports.map((port) => ({ ...port, mac: undefined })) })),
    );
    assert.deepEqual(["10.0.0.4", "10.0.0.5", "10.0.0.6"].map(isKept), [false, true, true]);
  });

  it("sits a restore out until creates in flight have ended, and reads the pods before it opens", async (t) => {
    const { nb, guard, reads, stored } = guarding(t);
    await stored();
    guard.restored();
    assert.match(guard.closedReason() ?? "", /^was restored from a backup/);
    assert.equal(guard.hasOpened, true, "a ready webhook can say what is wrong");
    await nb.clock.advance(quietMs - 1);
    assert.equal(reads.length, 1);
    await nb.clock.advance(1);
    assert.match(guard.closedReason() ?? "", /stored pods are being read$/);
    assert.equal(reads.length, 2);
    await stored();
    assert.equal(guard.closedReason(), undefined);
  });

  it("starts over when NB is restored again, in the quiet or while it reads", async (t) => {
    const { nb, guard, reads, stored } = guarding(t);
    await stored();
    guard.restored();
    await nb.clock.advance(quietMs - 1);
    guard.restored();
    await nb.clock.advance(quietMs - 1);
    assert.equal(reads.length, 1, "the quiet began anew");
    await nb.clock.advance(1);
    guard.restored();
    await stored();
    assert.match(guard.closedReason() ?? "", /^was restored from a backup/, "what was read is too old");
    await nb.clock.advance(quietMs);
    assert.equal(reads.length, 3);
    await stored();
    assert.equal(guard.closedReason(), undefined);
  });

  it("keeps the addresses that stored pods have and NB lacks, port by port", async (t) => {
    const { nb, stored, isKept } = guarding(t);
    nb.addPort("blue", "a", { allocation: "a", podUid: "uid", addresses: "0a:00:00:00:00:02 10.0.0.2" });
    await stored({ ...podAt(2), ports: [...podAt(2).ports, ...podAt(3).ports] });
    assert.deepEqual([isKept("10.0.0.2"), isKept("10.0.0.3")], [false, true]);
  });

  it("gives an address back when a live read finds that its pod does not run, never by the clock alone", async (t) => {
    const { nb, checks, stored, isKept } = guarding(t);
    await stored(podAt(2));
    for (const answer of ["runs", "fails", "gone"]) {
      await nb.clock.advance(recheckMs);
      assert.ok(isKept("10.0.0.2"), answer);
      if (answer === "fails") checks.at(-1)?.reject(new Error("no API server"));
      else checks.at(-1)?.resolve(answer === "runs");
      await settled();
    }
    assert.deepEqual([checks.length, isKept("10.0.0.2")], [3, false]);
  });

  it("asks no more for pods whose rows are back since the recheck began", async (t) => {
    const { nb, checks, stored, isKept } = guarding(t);
    await stored(podAt(2), podAt(3), podAt(4));
    await nb.clock.advance(recheckMs);
    nb.addPort("blue", "b", { allocation: "3", podUid: "uid", addresses: "0a:00:00:00:00:03 10.0.0.3" });
    assert.equal(isKept("10.0.0.3"), false);
    for (const n of [0, 1]) {
      checks[n]?.resolve(true);
      await settled();
    }
    assert.deepEqual(
      checks.map(({ pod }) => pod.allocation),
      ["2", "4"],
    );
  });

  it("does not let a long recheck of stored pods delay the reaction to a restore", async (t) => {
    const { nb, guard, reads, checks, stored } = guarding(t);
    await stored(podAt(2), podAt(3), podAt(4));
    await nb.clock.advance(recheckMs);
    assert.equal(checks.length, 1);
    guard.restored();
    assert.match(guard.closedReason() ?? "", /^was restored/, "closed although the recheck still waits");
    checks[0]?.resolve(true);
    await settled();
    assert.equal(checks.length, 1, "the others are left for later");
    await nb.clock.advance(quietMs);
    assert.equal(reads.length, 2);
  });

  it("opens at once where there is no Kubernetes to read pods from", async (t) => {
    const { nb } = guarding(t);
    const common = { index: nb.index, clock: nb.clock, logger: silentLogger, metrics: createMetrics() };
    const guard = new RestoreGuard({ ...common, pods: undefined, quietMs, recheckMs });
    const ending = new AbortController();
    const running = guard.run(ending.signal);
    await guard.opened;
    assert.equal(guard.closedReason(), undefined);
    ending.abort();
    await running;
  });
});
