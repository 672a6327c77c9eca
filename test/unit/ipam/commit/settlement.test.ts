import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type Allocation, portName } from "#src/ipam/allocation.ts";
import { AllocationJob } from "#src/ipam/commit/allocation-job.ts";
import { Attempts } from "#src/ipam/commit/attempts.ts";
import { type GroupEntry, planGroup } from "#src/ipam/commit/planned-group.ts";
import type { Rollback, RollbackEntry } from "#src/ipam/commit/rollback.ts";
import { Settlement } from "#src/ipam/commit/settlement.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const unknown = () => new AppError("OutcomeUnknown", "the connection broke");
const refused = () =>
  new AppError("TransactionFailed", "constraint violation", {
    details: { error: "constraint violation", operation: 3 },
  });

/** A settlement on a small NB. Each `planned` is one job whose transaction must be settled. */
function settling() {
  const attempts = new Attempts();
  const nb = new NbFixture({
    portAdded: (uuid, name, owner) => {
      attempts.portAdded(uuid, name, owner);
    },
    portRemoved: (uuid, owner) => {
      attempts.portRemoved(uuid, owner);
    },
  });
  nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
  const entries: RollbackEntry[] = [];
  const rollback: Pick<Rollback, "add"> = { add: (entry) => void entries.push(entry) };
  const again: AllocationJob[] = [];
  const settlement = new Settlement({
    index: nb.index,
    attempts,
    metrics: createMetrics(),
    rollback: rollback as Rollback,
    retry: (job) => void again.push(job),
  });
  const answers: Allocation[] = [];
  const errors: AppError[] = [];
  const newJob = () =>
    new AllocationJob(
      requestOf(portRequest("blue")),
      (allocation) => void answers.push(allocation),
      (error) => void errors.push(error),
    );
  const planned = (job = newJob()): GroupEntry => {
    const [entry] = planGroup([job], nb.view, attempts, () => "a");
    assert.ok(entry);
    return entry;
  };
  /** Lets the rows of an attempt come by the monitor. */
  const arrive = ({ attempt: { id, ports } }: GroupEntry): void => {
    for (const port of ports) {
      nb.addPort("blue", portName(id, port), { allocation: id, addresses: `${port.mac} 10.0.0.2` });
    }
  };
  return { nb, attempts, settlement, entries, again, answers, errors, planned, arrive };
}

describe("what is decided over an attempt after its transaction", () => {
  it("is an answer when all its rows are there and nobody else holds what they hold", () => {
    const { settlement, planned, arrive, answers, attempts } = settling();
    const entry = planned();
    arrive(entry);
    settlement.settle(entry, undefined);
    assert.deepEqual(
      answers.map(({ id }) => id),
      ["a"],
    );
    assert.equal(attempts.has("a"), false);
  });

  it("is that its rows go first when it lost, and that the job is planned again after that", () => {
    const { nb, settlement, planned, arrive, entries, again, answers } = settling();
    const entry = planned();
    arrive(entry);
    nb.addPort("blue", "other", { addresses: "0e:00:00:00:00:01 10.0.0.2" });
    settlement.settle(entry, undefined);
    assert.deepEqual([answers.length, entries.length, again.length], [0, 1, 0]);
    assert.equal(entries[0]?.rows().length, 1);
    entries[0].done?.();
    assert.deepEqual(again, [entry.job]);
  });

  it("is that automatic choice leaves the place where it lost", () => {
    const { nb, settlement, planned, arrive } = settling();
    const entry = planned();
    const [pool] = nb.index.named("blue")[0]?.pools ?? [];
    assert.ok(pool);
    const { rotor } = pool;
    arrive(entry);
    nb.addPort("blue", "other", { addresses: "0e:00:00:00:00:01 10.0.0.2" });
    settlement.settle(entry, undefined);
    assert.notEqual(pool.rotor, rotor);
  });

  it("is one more try alone when the server refused the group, and a refusal when it refused the job alone", () => {
    const { settlement, planned, again, errors } = settling();
    const entry = planned();
    settlement.settle(entry, refused());
    assert.deepEqual([again, entry.job.alone, errors.length], [[entry.job], true, 0]);
    settlement.settle(planned(entry.job), refused());
    assert.deepEqual([again.length, errors.map(({ code }) => code)], [1, ["BackendUnavailable"]]);
  });

  it("is open while the outcome is unknown: the job goes on, and the rows are looked for on the next connection", () => {
    const { settlement, planned, arrive, entries, again } = settling();
    const entry = planned();
    settlement.settle(entry, unknown());
    assert.deepEqual([again, entries.length], [[entry.job], 0]);
    arrive(entry);
    settlement.rollBackCutOff();
    assert.equal(entries[0]?.rows().length, 1);
    settlement.rollBackCutOff();
    assert.equal(entries.length, 1);
  });

  it("is that nobody waits: a job that was given up is rolled back and not planned again", () => {
    const { settlement, planned, arrive, entries, again, answers } = settling();
    const entry = planned();
    arrive(entry);
    entry.job.abandon();
    settlement.settle(entry, undefined);
    entries[0]?.done?.();
    assert.deepEqual([entries.length, again.length, answers.length], [1, 0, 0]);
  });

  it("is an end after many tries, when a writer on this switch does not keep the protocol", () => {
    const { settlement, planned, again, errors } = settling();
    const { job } = planned();
    job.tries = 100;
    settlement.settle(planned(job), undefined);
    assert.deepEqual([again.length, errors.map(({ code }) => code)], [0, ["BackendUnavailable"]]);
  });
});

describe("an answered allocation", () => {
  it("that is rolled back is found by the names and MACs of its ports", async () => {
    const { settlement, planned, arrive, entries, answers } = settling();
    const entry = planned();
    arrive(entry);
    settlement.settle(entry, undefined);
    const [allocation] = answers;
    assert.ok(allocation);
    const done = settlement.rollBack(allocation);
    assert.equal(entries[0]?.rows().length, 1);
    entries[0].done?.();
    await done;
  });
});
