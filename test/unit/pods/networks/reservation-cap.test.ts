import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { ReservationCap } from "#src/pods/networks/reservation-cap.ts";

/** A network with a /28: 13 addresses apart from network, broadcast and the first host. */
function setUp(maxOpen = 1024) {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.0.0.0/28");
  const reservations = new ReservationWatch(fixture.clock);
  const cap = new ReservationCap({ index: fixture.index, reservations, clock: fixture.clock, maxOpen });
  const reserve = (count: number, namespace = "default"): void => {
    for (let n = 0; n < count; n += 1) {
      const at = fixture.index.named("blue")[0]?.ips.size ?? 0;
      const addresses = `0a:58:0a:00:00:${(at + 2).toString(16).padStart(2, "0")} 10.0.0.${(at + 2).toString()}`;
      fixture.addPort("blue", `${namespace}-${at.toString()}`, {
        addresses,
        allocation: `A${at.toString()}`,
        namespace,
      });
    }
  };
  /** Reserves for the namespace as long as it is let in, and gives the number of its reservations. */
  const fill = async (namespace: string): Promise<number> => {
    for (let count = 0; ; count += 1) {
      const isFree = (fixture.index.named("blue")[0]?.freeCount() ?? 0n) > 0n;
      const isIn = await enter(namespace, fixture.clock.monotonicMs()).catch(() => undefined);
      if (!isFree || isIn === undefined) return count;
      reserve(1, namespace);
    }
  };
  const enter = (namespace = "default", deadlineMs = fixture.clock.monotonicMs() + 1_000) =>
    cap.within(namespace, [{ network: "blue" }], { deadlineMs }, () => Promise.resolve("in"));
  return { fixture, reservations, cap, reserve, fill, enter };
}

async function refusalOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("was not refused");
}

describe("the cap on open reservations", () => {
  /** A /24 with 62 addresses in no pool and a pool of eight, and `open` reservations of other namespaces. */
  function setUpPooled() {
    const { fixture, cap } = setUp();
    const pools = JSON.stringify([{ name: "front", range: "10.0.9.64/29" }]);
    fixture.addSwitch("pooled", "10.0.9.0/24", { pools, "exclude-ips": "10.0.9.72..10.0.9.254" });
    const reserve = (last: number, namespace: string): void => {
      const addresses = `0a:58:0a:00:09:${last.toString(16).padStart(2, "0")} 10.0.9.${last.toString()}`;
      fixture.addPort("pooled", `p${last.toString()}`, { addresses, allocation: `A${last.toString()}`, namespace });
    };
    const enter = (namespace: string, pool?: string) => {
      const call = { deadlineMs: fixture.clock.monotonicMs() };
      return cap.within(namespace, [{ network: "pooled", pool }], call, () => Promise.resolve("in"));
    };
    return { reserve, enter };
  }

  test("counts what is free and reserved in the pool that the pod chose, when the network beside it is full", async () => {
    const { reserve, enter } = setUpPooled();
    for (let last = 2; last < 64; last += 1) reserve(last, "default");
    assert.equal((await refusalOf(enter("default"))).code, "ReservationsFull");
    assert.equal(await enter("default", "front"), "in");
  });

  test("lets no namespace take a whole pool of a network that has many reservations beside it", async () => {
    const { reserve, enter } = setUpPooled();
    for (let last = 2; last < 50; last += 1) reserve(last, "busy");
    for (let last = 64; last < 68; last += 1) reserve(last, "greedy");
    const { message } = await refusalOf(enter("greedy", "front"));
    assert.match(message, /in the pool "front" 4 open reservations of the namespace "greedy"/);
    assert.equal(await enter("modest", "front"), "in");
  });

  test("lets any number in where a network hands out no addresses that could run out", async () => {
    const { fixture, cap } = setUp(3);
    fixture.addSwitch("wire", "none");
    const inWire = () => Promise.resolve("in");
    const call = { deadlineMs: fixture.clock.monotonicMs() + 1_000 };
    for (let n = 0; n < 2; n += 1) {
      assert.equal(await cap.within("default", [{ network: "wire" }], call, inWire), "in");
      fixture.addPort("wire", `p${n.toString()}`, {
        addresses: `0a:58:0a:00:00:0${n.toString()}`,
        allocation: `A${n.toString()}`,
        namespace: "default",
      });
    }
    assert.equal(await cap.within("default", [{ network: "wire" }], call, inWire), "in");
  });

  test("lets a namespace hold half of what is free or held open, rounded up", async () => {
    const { reserve, enter, fixture } = setUp();
    reserve(6);
    assert.equal(await enter(), "in");
    reserve(1);
    const refused = refusalOf(enter());
    await fixture.clock.advance(1_001);
    const { code, message, status } = await refused;
    assert.deepEqual([code, status], ["ReservationsFull", 429]);
    assert.match(message, /7 open reservations of the namespace "default"/);
  });

  test("lets a namespace that has nothing open in while an address is free, however many others take what they can", async () => {
    const { fill } = setUp();
    const counts: number[] = [];
    for (const namespace of ["a", "b", "c", "d", "e", "f"]) counts.push(await fill(namespace));
    assert.deepEqual(counts, [7, 2, 1, 1, 1, 1]);
  });

  test("binds only namespaces above their fair share", async () => {
    const { fixture, reserve, enter } = setUp();
    reserve(6, "greedy");
    reserve(1, "modest");
    const refused = refusalOf(enter("greedy"));
    await fixture.clock.advance(1_001);
    assert.match((await refused).message, /6 open reservations of the namespace "greedy", as many as it may have/);
    assert.equal(await enter("modest"), "in");
  });

  test("counts what other namespaces have in flight", async () => {
    const { cap, fixture, reserve, enter } = setUp();
    reserve(4);
    const { promise: held, resolve } = Promise.withResolvers<string>();
    const deadlineMs = fixture.clock.monotonicMs() + 9_000;
    const others = ["a", "b", "c"].map((name) => cap.within(name, [{ network: "blue" }], { deadlineMs }, () => held));
    const refused = refusalOf(enter());
    await fixture.clock.advance(1_001);
    assert.equal((await refused).code, "ReservationsFull");
    resolve("done");
    await Promise.all(others);
    assert.equal(await enter(), "in");
  });

  test("lets the last address be had", async () => {
    const { fixture, enter } = setUp();
    for (let n = 2; n < 14; n += 1) {
      const addresses = `0a:58:0a:00:00:${n.toString(16).padStart(2, "0")} 10.0.0.${n.toString()}`;
      fixture.addPort("blue", `vm${n.toString()}`, { addresses });
    }
    assert.equal(fixture.index.named("blue")[0]?.freeCount(), 1n);
    assert.equal(await enter(), "in");
  });

  test("lets a waiting request in when a reservation ends", async () => {
    const { reserve, enter, fixture, reservations } = setUp();
    reserve(7);
    const waiting = enter();
    fixture.removePort("blue", "default-0");
    reservations.ended("removed");
    assert.equal(await waiting, "in");
  });

  test("counts what was let in and is not in the index yet", async () => {
    const { cap, enter, fixture } = setUp(1);
    const { promise: held, resolve } = Promise.withResolvers<string>();
    const first = cap.within(
      "default",
      [{ network: "blue" }],
      { deadlineMs: fixture.clock.monotonicMs() + 9_000 },
      () => held,
    );
    const second = refusalOf(enter());
    await fixture.clock.advance(1_001);
    assert.equal((await second).code, "ReservationsFull");
    resolve("done");
    assert.equal(await first, "done");
    assert.equal(await enter(), "in");
  });

  test("lets no more in at once than one after the other: what is in flight does not raise the cap", async () => {
    const { cap, fixture } = setUp();
    const { promise: held, resolve } = Promise.withResolvers<string>();
    const deadlineMs = fixture.clock.monotonicMs() + 1_000;
    let running = 0;
    const work = (): Promise<string> => {
      running += 1;
      return held;
    };
    const all = Array.from({ length: 40 }, () => cap.within("default", [{ network: "blue" }], { deadlineMs }, work));
    const settled = Promise.allSettled(all);
    await fixture.clock.advance(1_001);
    assert.equal(running, 7);
    resolve("done");
    const refused = (await settled).filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 33);
  });

  test("lets a waiting request in when one that was let in turns out to be counted already", async () => {
    const { cap, enter, fixture, reserve } = setUp();
    const { promise: held, resolve } = Promise.withResolvers<string>();
    const deadlineMs = fixture.clock.monotonicMs() + 9_000;
    reserve(5);
    const first = cap.within("default", [{ network: "blue" }], { deadlineMs }, () => held);
    reserve(1);
    const second = enter("default", deadlineMs);
    resolve("done");
    assert.deepEqual([await first, await second], ["done", "in"]);
  });

  test("says that the controller is not binding when nothing was bound for 30 s", async () => {
    const { reserve, enter, fixture } = setUp();
    reserve(7);
    fixture.clock.jump(31_000);
    const refused = refusalOf(enter());
    await fixture.clock.advance(1_001);
    assert.match((await refused).message, /nothing was bound for 32 s, so look at the controller/);
  });

  test("0 switches it off", async () => {
    const { reserve, enter } = setUp(0);
    reserve(12);
    assert.equal(await enter(), "in");
  });
});
