import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ForwardingKeeper, mayForward, mayWaitForFlows } from "#cni/agent/node/forwarding-keeper.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { silentLogger } from "#src/core/logger.ts";
import { FakeBridge } from "#test/fakes/cni/fake-bridge.ts";
import { runDuring } from "#test/fixtures/kube/run-during.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";

const map = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));
const waiting = {
  other_config: map({ "flow-restore-wait": "true" }),
  external_ids: map({ "ovn-managed-flow-restore-wait": "true" }),
};
const tunnel = (state?: string, enable = "true") => ({
  bfd: map({ enable }),
  bfd_status: map(state === undefined ? {} : { state }),
});

describe("mayWaitForFlows", () => {
  it("holds when OVN has set the wait and no tunnel with BFD is up", () => {
    assert.equal(mayWaitForFlows(waiting, [tunnel("down"), tunnel()]), true);
    assert.equal(mayWaitForFlows(waiting, [tunnel("down"), tunnel("up")]), false);
    assert.equal(mayWaitForFlows(waiting, [tunnel("down", "false")]), false, "nobody knows of tunnels without BFD");
    assert.equal(mayWaitForFlows(waiting, []), false);
  });

  it("does not hold for a wait that is over, or that somebody else has set", () => {
    assert.equal(
      mayWaitForFlows({ ...waiting, other_config: map({ "flow-restore-wait": "false" }) }, [tunnel()]),
      false,
    );
    assert.equal(mayWaitForFlows({ ...waiting, external_ids: map({}) }, [tunnel()]), false);
  });
});

describe("mayForward", () => {
  it("holds when a tunnel is up, and where no tunnel has BFD", () => {
    assert.equal(mayForward([tunnel("down"), tunnel("up")]), true);
    assert.equal(mayForward([tunnel("down", "false")]), true);
    assert.equal(mayForward([]), true);
    assert.equal(mayForward([tunnel("down"), tunnel()]), false);
  });
});

class WaitingBridge extends FakeBridge {
  changed = 0;
  fails = false;
  #wake = Promise.withResolvers<undefined>();

  override async whenChanged(_seen?: number, { signal }: CallOptions = {}): Promise<void> {
    await Promise.race([this.#wake.promise, new Promise((resolve) => signal?.addEventListener("abort", resolve))]);
    signal?.throwIfAborted();
  }

  override async change(): Promise<boolean> {
    this.changed += 1;
    if (this.fails) throw new Error("not connected");
    return true;
  }

  /** The tunnels are up when nothing else is said and nobody waits. */
  turn(mayWait: boolean, mayForward = !mayWait): void {
    this.mayWaitForFlows = mayWait;
    this.mayForward = mayForward;
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers();
  }
}

async function keeping(t: TestContext) {
  const clock = new ManualClock();
  const bridge = new WaitingBridge();
  const keeper = new ForwardingKeeper({ bridge, clock, logger: silentLogger });
  await runDuring(t, (signal) => keeper.run(signal));
  const advance = async (ms: number): Promise<number> => {
    await clock.advance(ms);
    await settled();
    return bridge.changed;
  };
  return { bridge, advance };
}

describe("ForwardingKeeper", () => {
  it("ends a wait that lasts, and not one that OVN ends in time", async (t) => {
    const { bridge, advance } = await keeping(t);
    bridge.turn(true);
    assert.equal(await advance(4_999), 0);
    bridge.turn(false);
    assert.equal(await advance(10_000), 0);
    bridge.turn(true);
    assert.equal(await advance(4_999), 0);
    assert.equal(await advance(1), 1);
  });

  it("tries three times, since the other gateways may be gone, and again after a tunnel was up", async (t) => {
    const { bridge, advance } = await keeping(t);
    bridge.turn(true);
    for (const made of [1, 2, 3, 3]) assert.equal(await advance(5_000), made);
    bridge.turn(true);
    assert.equal(await advance(60_000), 3);
    bridge.turn(false);
    await advance(0);
    bridge.turn(true);
    await advance(0);
    assert.equal(await advance(5_000), 4);
  });

  it("stops after three attempts also when each ends the wait until ovn-controller asks for it again", async (t) => {
    const { bridge, advance } = await keeping(t);
    for (const made of [1, 2, 3, 3, 3]) {
      bridge.turn(true);
      await advance(0);
      assert.equal(await advance(5_000), made);
      bridge.turn(false, false);
      await advance(0);
    }
    bridge.turn(false, true);
    await advance(0);
    bridge.turn(true);
    await advance(0);
    assert.equal(await advance(5_000), 4);
  });

  it("goes on after a call that failed", async (t) => {
    const { bridge, advance } = await keeping(t);
    bridge.fails = true;
    bridge.turn(true);
    for (const made of [1, 2]) assert.equal(await advance(5_000), made);
  });
});
