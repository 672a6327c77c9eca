import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClaimRequest, PortRequest } from "#src/ipam/allocation.ts";
import { bindPort } from "#src/ovn/ports/port-operations.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { takeKept } from "#src/ovn/claims/claim-operations.ts";
import { ipOf, portRequest } from "#test/fixtures/ipam/nb-fixture.ts";
import { Committing, ipGiven } from "../committing.ts";

const claim: ClaimRequest = { field: "interface[0].claim", name: "db-0", network: "blue", addresses: [] };
const claiming = (): PortRequest => ({ ...portRequest("blue"), claim });
const addresses = "0a:58:0a:00:00:05 10.0.0.5";

function withKept() {
  const test = new Committing();
  test.nb.addPort("blue", "claim:cluster:default/db-0", { addresses, claim: "db-0", cluster: "cluster" });
  return test;
}

describe("a pod that takes a claim over", () => {
  it("replaces the row that kept the claim in one transaction, with an allocation id of its own", async () => {
    const test = withKept();
    const session = await test.connect();
    const caller = test.ask(claiming());
    await session.run();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(test.claimed, [`db-0 a1-net1 ${addresses}`]);
  });

  it("gives the row back when its answer was not handed over", async () => {
    const test = withKept();
    const session = await test.connect();
    const caller = test.ask(claiming());
    await session.run();
    assert.ok(caller.allocation);
    const done = test.committer.rollBack(caller.allocation);
    await session.run();
    await done;
    assert.deepEqual(test.claimed, [`db-0 kept ${addresses}`]);
  });

  it("gives the row back when the caller went away in between", async () => {
    const test = withKept();
    const session = await test.connect();
    const abort = new AbortController();
    test.ask(claiming(), { signal: abort.signal });
    await session.next();
    abort.abort();
    await session.run();
    await session.run();
    assert.deepEqual(test.claimed, [`db-0 kept ${addresses}`]);
  });

  it("finds its rows after a lost reply, gives the claim back, and takes it again", async () => {
    const test = withKept();
    const first = await test.connect();
    const caller = test.ask(claiming());
    test.nb.commit(...(await first.next()));
    await first.cut();
    assert.deepEqual([test.claimed, caller.allocation], [[`db-0 a1-net1 ${addresses}`], undefined]);
    const second = await test.connect();
    await second.run();
    await second.run();
    assert.equal(ipGiven(caller), "10.0.0.5");
    assert.deepEqual(test.claimed, [`db-0 a2-net1 ${addresses}`]);
  });

  it("is refused when another replica was faster, and leaves the claim to that one", async () => {
    const test = withKept();
    const session = await test.connect();
    const caller = test.ask(claiming());
    const kept = test.nb.uuidOf(logicalSwitchPort, "claim:cluster:default/db-0");
    const switchUuid = test.nb.index.switchesOf(kept)[0]?.uuid ?? "";
    const name = { cluster: "cluster", namespace: "default", name: "db-0" };
    const other = { addresses, allocation: "other", pod: "", claim: "db-0", cluster: "cluster" };
    test.nb.hold(...takeKept({ uuid: kept, switchUuid, claim: name }), ...test.nb.port("blue", "other-net1", other));
    await session.run();
    assert.equal(caller.error?.code, "ClaimInUse");
    assert.deepEqual(test.claimed, [`db-0 other-net1 ${addresses}`]);
  });

  it("shares the claim with nobody in the same transaction", async () => {
    const test = withKept();
    const session = await test.connect();
    const callers = [test.ask(claiming()), test.ask(claiming())];
    await session.run();
    assert.deepEqual(
      callers.map(({ allocation, error }) => allocation?.id ?? error?.code),
      ["a1", "ClaimInUse"],
    );
  });
});

describe("a pod whose claim has addresses by its object alone", () => {
  const told = { ...claim, addresses: [{ ip: ipOf("10.0.0.5"), prefixLength: undefined }] };
  const asked = (): PortRequest => ({ ...portRequest("blue"), claim: told });

  it("leaves no row on the address of a pod that was faster", async () => {
    for (const other of [{ claim: "db-0" }, {}]) {
      const test = new Committing();
      const session = await test.connect();
      const caller = test.ask(asked());
      const row = { addresses: "0a:58:0a:00:00:77 10.0.0.5", allocation: "other", pod: "", cluster: "cluster" };
      test.nb.hold(...test.nb.port("blue", "other-net1", { ...row, ...other }));
      await session.run();
      await session.run();
      assert.equal(caller.error?.code, other.claim === undefined ? "AddressInUse" : "ClaimInUse");
      assert.equal(test.nb.rows(logicalSwitchPort).size, 1);
    }
  });

  it("leaves the addresses with the claim when its answer was not handed over", async () => {
    const test = new Committing();
    const session = await test.connect();
    const caller = test.ask(asked());
    await session.run();
    assert.ok(caller.allocation);
    const done = test.committer.rollBack(caller.allocation);
    await session.run();
    await done;
    assert.match(test.claimed.join(), /^db-0 kept [0-9a-f:]+ 10\.0\.0\.5$/);
  });
});

describe("the first pod of a claim", () => {
  it("leaves nothing when its answer was not handed over, and its addresses once it is stored", async () => {
    const test = new Committing();
    const session = await test.connect();
    const caller = test.ask(claiming());
    await session.run();
    assert.ok(caller.allocation);
    const { id } = caller.allocation;
    const uuid = test.nb.uuidOf(logicalSwitchPort, `${id}-net1`);
    const [state] = test.nb.index.switchesOf(uuid);
    assert.ok(state);
    assert.equal(test.nb.index.refOf(uuid, state.uuid).keeps, undefined);
    test.nb.commit(bindPort({ uuid, allocation: id, pod: "db-0", podUid: "u", chassis: "" }));
    assert.equal(test.nb.index.refOf(uuid, state.uuid).keeps?.claim.name, "db-0");
  });

  it("gives way when another pod got the claim at the same time", async () => {
    const test = new Committing();
    const session = await test.connect();
    const caller = test.ask(claiming());
    const other = { addresses, allocation: "other", pod: "", claim: "db-0", cluster: "cluster", isFreshClaim: true };
    test.nb.hold(...test.nb.port("blue", "other-net1", other));
    await session.run();
    await session.run();
    assert.equal(caller.error?.code, "ClaimInUse");
    assert.deepEqual(test.claimed, [`db-0 other-net1 ${addresses}`]);
  });
});
