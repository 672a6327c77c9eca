import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AllocationJob } from "#src/ipam/commit/allocation-job.ts";
import { backendUnavailable } from "#src/ipam/commit/backend-unavailable.ts";
import { portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function job() {
  const told: string[] = [];
  const of = new AllocationJob(
    requestOf(portRequest("blue")),
    ({ id }) => told.push(id),
    ({ code }) => told.push(code),
    ({ id }) => told.push(`planned ${id}`),
  );
  return { of, told };
}

describe("a caller's job", () => {
  it("is settled by its answer, and cannot be refused after that", () => {
    const { of, told } = job();
    assert.equal(of.isSettled, false);
    of.answer({ id: "a1", ports: [] });
    of.refuse(backendUnavailable("cannot be reached"));
    assert.deepEqual([of.isSettled, told], [true, ["a1"]]);
  });

  it("is refused once", () => {
    const { of, told } = job();
    for (const reason of ["cannot be reached", "is overloaded"]) of.refuse(backendUnavailable(reason));
    assert.deepEqual([of.isSettled, told], [true, ["BackendUnavailable"]]);
  });

  it("gets plans until it is settled", () => {
    const { of, told } = job();
    of.planned({ id: "a1", ports: [] });
    of.answer({ id: "a1", ports: [] });
    of.planned({ id: "a2", ports: [] });
    assert.deepEqual(told, ["planned a1", "a1"]);
  });

  it("gives nothing to a caller who gave up", () => {
    const { of, told } = job();
    of.abandon();
    of.planned({ id: "a1", ports: [] });
    of.refuse(backendUnavailable("cannot be reached"));
    assert.deepEqual([of.isSettled, told], [true, []]);
  });
});
