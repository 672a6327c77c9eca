import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AllocationRequest, PortRequest } from "#src/ipam/allocation.ts";
import { portName } from "#src/ipam/allocation.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { bindPort } from "#src/ovn/ports/port-operations.ts";
import { portRequest } from "#test/fixtures/ipam/nb-fixture.ts";
import { type Caller, Committing, ipGiven } from "../committing.ts";

const mac = "0a:00:00:00:00:01";
const claim = { field: "interface[0].claim", name: "db-0", network: "blue", addresses: [] };
const joining = (revision = 1, allocation = "01POD"): AllocationRequest["joins"] => ({ allocation, revision });

/** The answer to a change, and the port that it names. */
const nameOf = ({ allocation, error }: Caller): string => {
  const [port] = allocation?.ports ?? [];
  return allocation === undefined || port === undefined ? (error?.code ?? "none") : portName(allocation.id, port);
};

/** Asks one after the other, as the API server does. */
async function answers(...asked: readonly (readonly [PortRequest, AllocationRequest["joins"]])[]) {
  const test = new Committing();
  const session = await test.connect();
  const callers: Caller[] = [];
  for (const [port, joins] of asked) {
    callers.push(test.ask(port, {}, joins));
    await session.runAll();
  }
  return { test, session, callers, names: callers.map(nameOf) };
}

describe("a change of a stored pod that is asked for again", () => {
  it("gets what was reserved for it before, under the same name, in a row of its own", async () => {
    for (const port of [
      portRequest("blue"),
      portRequest("blue", ["10.0.0.9"]),
      portRequest("blue", ["10.0.0.9"], mac),
      { ...portRequest("blue"), claim },
    ]) {
      const { test, callers, names } = await answers([port, joining(1)], [port, joining(2)]);
      assert.deepEqual(names, ["a1-net1", "a1-net1"]);
      const [one, two] = callers.map(ipGiven);
      assert.equal(one, two);
      assert.deepEqual(test.ports, ["a1-net1"]);
      const [row] = test.nb.rows(logicalSwitchPort).values();
      assert.equal(row?.external_ids.get(externalId("revision")), "2");
    }
  });

  it("may get the addresses of one that named them, and others where it names others", async () => {
    const { names } = await answers(
      [portRequest("blue", ["10.0.0.9"]), joining()],
      [portRequest("blue"), joining()],
      [portRequest("blue", ["10.0.0.10"]), joining()],
    );
    assert.deepEqual(names, ["a1-net1", "a1-net1", "a3-net1"]);
  });

  it("is refused what other pods have reserved, what is bound, and what a later change of the pod has", async () => {
    const wanted = portRequest("blue", ["10.0.0.9"]);
    for (const joins of [undefined, joining(1, "01OTHER")])
      assert.equal((await answers([wanted, joining()], [wanted, joins])).names[1], "AddressInUse");
    assert.equal((await answers([wanted, joining(2)], [wanted, joining(1)])).names[1], "AddressInUse");
    const { test, session } = await answers([wanted, joining()]);
    const uuid = test.nb.uuidOf(logicalSwitchPort, "a1-net1");
    test.nb.commit(bindPort({ uuid, allocation: "01POD", pod: "web", podUid: "u", chassis: "" }));
    const late = test.ask(wanted, {}, joining());
    await session.runAll();
    assert.equal(nameOf(late), "AddressInUse");
  });

  it("does not lose its row when either attempt is rolled back", async () => {
    const wanted = { ...portRequest("blue", ["10.0.0.9"]), claim };
    const { test, session, callers } = await answers([wanted, joining()], [wanted, joining()]);
    for (const { allocation } of callers) {
      assert.ok(allocation);
      const done = test.committer.rollBack(allocation);
      await session.runAll();
      await done;
      assert.deepEqual(test.ports, ["a1-net1"]);
    }
  });

  it("leaves the row of a claim as the first attempt made it: one that nobody was told of leaves nothing", async () => {
    const wanted = { ...portRequest("blue"), claim };
    const { test } = await answers([wanted, joining()], [wanted, joining()]);
    const uuid = test.nb.uuidOf(logicalSwitchPort, "a1-net1");
    const [state] = test.nb.index.switchesOf(uuid);
    assert.equal(test.nb.index.keepsOf(uuid, state?.uuid ?? ""), undefined);
  });
});
