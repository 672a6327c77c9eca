import assert from "node:assert/strict";
import { GroupDirectory } from "#src/ipam/groups/group-directory.ts";
import { describe, it } from "node:test";
import type { AppError } from "#src/core/errors.ts";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { AllocationJob } from "#src/ipam/commit/allocation-job.ts";
import { Attempts } from "#src/ipam/commit/attempts.ts";
import { type GroupEntry, groupOperations, planGroup, releaseWithheld } from "#src/ipam/commit/planned-group.ts";
import { printIp } from "#src/net/ip.ts";
import { logicalSwitch, logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function planning() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
  const attempts = new Attempts();
  const refusals: string[] = [];
  const job = (...ports: readonly PortRequest[]): AllocationJob =>
    new AllocationJob(
      requestOf(...ports),
      () => {},
      ({ code }: AppError) => refusals.push(code),
    );
  let ids = 0;
  const plan = (...jobs: readonly AllocationJob[]) =>
    planGroup(jobs, nb.view, attempts, () => {
      ids += 1;
      return `a${ids.toString()}`;
    });
  return { nb, attempts, refusals, job, plan };
}

const ipsOf = (group: readonly GroupEntry[]): readonly string[] =>
  group.flatMap(({ attempt }) => attempt.ports.flatMap(({ addresses }) => addresses.map(({ ip }) => printIp(ip))));

describe("a planned group", () => {
  it("gives no two jobs, of one group or of two in flight, the same address", () => {
    const { job, plan } = planning();
    const first = plan(job(portRequest("blue")), job(portRequest("blue")));
    const second = plan(job(portRequest("blue")));
    assert.deepEqual(ipsOf([...first, ...second]), ["10.0.0.2", "10.0.0.3", "10.0.0.4"]);
  });

  it("refuses a bad request alone", () => {
    const { job, plan, refusals } = planning();
    const [bad, good] = [job(portRequest("red")), job(portRequest("blue"))];
    const group = plan(bad, good);
    assert.deepEqual(
      group.map((entry) => entry.job),
      [good],
    );
    assert.deepEqual([refusals, bad.isSettled, good.isSettled], [["UnknownNetwork"], true, false]);
  });

  it("moves the rotor past what was chosen, not past what was asked for", () => {
    const { nb, job, plan } = planning();
    const [pool] = nb.index.named("blue")[0]?.pools ?? [];
    plan(job(portRequest("blue", ["10.0.0.5"])));
    assert.equal(pool?.rotor, pool?.subnet.cidr.first.value);
    plan(job(portRequest("blue")));
    assert.equal(pool?.rotor, 0x0a000003n);
  });

  it("keeps what it planned from others until that is released", () => {
    const { nb, job, plan, refusals } = planning();
    const [entry] = plan(job(portRequest("blue", ["10.0.0.5"], "0a:00:00:00:00:01")));
    plan(job(portRequest("blue", ["10.0.0.5"])));
    plan(job(portRequest("blue", [], "0a:00:00:00:00:01")));
    assert.deepEqual(refusals, ["AddressInUse", "MacInUse"]);
    releaseWithheld(entry?.attempt.ports ?? [], nb.index);
    assert.equal(plan(job(portRequest("blue", ["10.0.0.5"], "0a:00:00:00:00:01"))).length, 1);
  });

  it("is released on its own switch, though that was renamed in flight and another has the name now", () => {
    const { nb, job, plan, refusals } = planning();
    const asked = portRequest("blue", ["10.0.0.5"], "0a:00:00:00:00:01");
    const [entry] = plan(job(asked));
    nb.set(logicalSwitch, nb.uuidOf(logicalSwitch, "blue"), { name: "green" });
    nb.addSwitch("blue", "10.0.0.0/29", { gateways: "10.0.0.1" });
    assert.equal(plan(job(asked)).length, 1);
    releaseWithheld(entry?.attempt.ports ?? [], nb.index);
    assert.equal(plan(job({ ...asked, network: "green" })).length, 1, "released where it was planned");
    plan(job(portRequest("blue", ["10.0.0.5"])));
    assert.deepEqual(refusals, ["AddressInUse"], "still withheld for another that planned it");
  });

  it("is written as reservations that the monitor recognises by their attempt", () => {
    const { nb, attempts, job, plan } = planning();
    const group = plan(job(portRequest("blue"), portRequest("blue")), job(portRequest("blue")));
    nb.commit(...groupOperations(group, new GroupDirectory("cluster"), "cluster", "2026-01-01T00:00:00Z"));
    const rows = [...nb.rows(logicalSwitchPort).values()];
    assert.deepEqual(
      rows.map(({ name, addresses }) => [name, ...addresses]),
      [
        ["a1-net1", "0a:58:0a:00:00:02 10.0.0.2"],
        ["a1-net2", "0a:58:0a:00:00:03 10.0.0.3"],
        ["a2-net1", "0a:58:0a:00:00:04 10.0.0.4"],
      ],
    );
    const owner = { allocation: "a1", namespace: "default", pod: "web", podUid: "", cluster: "cluster" };
    assert.deepEqual(portOwner(rows[0]?.external_ids ?? new Map()), owner);
    assert.deepEqual([attempts.has("a1"), attempts.has("a2")], [true, true]);
  });
});
