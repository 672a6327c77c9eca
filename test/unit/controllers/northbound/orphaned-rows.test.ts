import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkOutcome } from "#src/controllers/networks/network-status.ts";
import { networksWithRows } from "#src/controllers/networks/networks-with-rows.ts";
import { OrphanedRows } from "#src/controllers/northbound/orphaned-rows.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

interface World {
  known: readonly string[];
  live: readonly string[];
  rows: readonly string[];
  adopters: readonly string[];
  inUse: boolean;
}

function orphanedRows(parts: Partial<World> = {}) {
  const world: World = { known: [], live: [], rows: ["u"], adopters: [], inUse: false, ...parts };
  const clock = new ManualClock();
  const did: string[] = [];
  const waiting: NetworkOutcome = { kind: "deleting", reason: "InUse", message: "" };
  const orphans = new OrphanedRows({
    kind: "network",
    liveUids: () => {
      did.push("list");
      return Promise.resolve(new Set(world.live));
    },
    isKnown: (uid) => world.known.includes(uid),
    isAdopter: (uid) => world.adopters.includes(uid),
    withRows: () => new Set(world.rows),
    remove: (uid) => {
      did.push(`remove ${uid}`);
      return Promise.resolve(world.inUse ? waiting : undefined);
    },
    settleMs: 100,
    clock,
    logger: silentLogger,
  });
  const look = async (afterMs = 0) => {
    clock.jump(afterMs);
    did.length = 0;
    const { requeueAfterMs } = await orphans.reconcile("u", {});
    return [...did, ...(requeueAfterMs === undefined ? [] : [requeueAfterMs])];
  };
  return { orphans, look, world };
}

describe("OrphanedRows", () => {
  it("removes rows of a Network that is gone at the second look, after a live LIST", async () => {
    const { orphans, look } = orphanedRows();
    assert.deepEqual(orphans.candidates(), ["u"]);
    assert.deepEqual(await look(), [100]);
    assert.deepEqual(await look(99), [1]);
    assert.deepEqual(await look(1), ["list", "remove u"]);
  });

  it("removes nothing of a Network that the informer or the LIST knows", async () => {
    const known = orphanedRows({ known: ["u"] });
    assert.deepEqual([known.orphans.candidates(), await known.look(), await known.look(100)], [[], [], []]);
    const live = orphanedRows({ live: ["u"] });
    assert.deepEqual([await live.look(), await live.look(100)], [[100], ["list"]]);
  });

  it("needs one look when it saw the object go, and forgets it when there are no rows", async () => {
    const { orphans, look, world } = orphanedRows();
    orphans.deleted("u");
    assert.deepEqual(await look(), ["list", "remove u"]);
    orphans.deleted("u");
    world.rows = [];
    assert.deepEqual([orphans.candidates(), await look(), orphans.candidates()], [["u"], [], []]);
  });

  it("begins anew when the Network was there between the looks", async () => {
    const { look, world } = orphanedRows();
    await look();
    world.known = ["u"];
    assert.deepEqual(await look(100), []);
    world.known = [];
    assert.deepEqual(await look(100), [100]);
  });

  it("waits while ports are on the switch", async () => {
    const { look } = orphanedRows({ inUse: true });
    await look();
    assert.deepEqual(await look(100), ["list", "remove u", 60_000]);
  });

  it("lets an adopted switch go only for a Network that it saw go: another cluster's has rows nowhere", async () => {
    const { orphans, look } = orphanedRows({ rows: [], adopters: ["u"] });
    assert.deepEqual([orphans.candidates(), await look()], [[], []]);
    orphans.deleted("u");
    assert.deepEqual([await look(), await look()], [["list", "remove u"], []]);
  });
});

describe("networksWithRows", () => {
  it("takes the scopes that are UIDs, and rows of everything else for no Network's", () => {
    const [first, second] = ["5b1f0c6e-3c1d-4a53-9d7e-0f2f6a2f8a10", "7c2a1d7f-0b6e-4c0b-8f55-6f0f5d3a9e21"];
    const others = ["topology/ovn4nfv-join", `chains/${first}/x`, `services/${first}/tcp`, "policies/group"];
    const ids = [...others, `${first}/switch`, `${first}/rtos-blue`, `${second}/switch`];
    const rows = new Map(ids.map((id) => [id, {} as never]));
    assert.deepEqual([...networksWithRows({ rows, foreignNames: new Set() })], [first, second]);
  });
});
