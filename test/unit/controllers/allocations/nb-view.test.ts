import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mutate } from "ovsdb-client";
import { NbView } from "#src/controllers/allocations/nb-view.ts";
import type { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { Conflict } from "#src/ipam/watch/conflict-watch.ts";
import type { DatabaseListener } from "#src/ovsdb/database-client.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { keyOf, NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** A view that follows a database with one switch of ours. */
function viewed() {
  const nb = new NbFixture();
  const followers: DatabaseListener[] = [];
  const feed: Pick<NbFeed, "follow" | "rows"> = {
    follow: (follower) => {
      followers.push(follower);
      return () => {};
    },
    rows: (table) => nb.rows(table),
  };
  const changed: string[] = [];
  const conflicts: Conflict[] = [];
  const clock = new ManualClock();
  const holdersOf = (ip: string): number => view.index.named("blue")[0]?.ips.of(keyOf(ip)).length ?? 0;
  const view = new NbView({
    nb: feed as NbFeed,
    cluster: "",
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    onChange: (allocation) => void changed.push(`${allocation}, held by ${String(holdersOf("10.0.0.7"))}`),
    onConflict: (conflict) => void conflicts.push(conflict),
  });
  nb.onMessage = (changes) => {
    for (const follower of followers) follower.changed(changes);
  };
  nb.addSwitch("blue", "10.0.0.0/24");
  return { nb, view, changed, conflicts, clock };
}

const port = (allocation: string) => ({ allocation, addresses: "0a:00:00:00:00:07 10.0.0.7", podUid: "u", pod: "web" });

describe("the controller's view of NB", () => {
  it("knows the holder of an address when the allocation is reported", () => {
    const { nb, view, changed } = viewed();
    nb.addPort("blue", "a-net1", port("A"));
    assert.deepEqual(changed, ["A, held by 1"]);
    assert.deepEqual(
      view.rows.of("A").map(({ name }) => name),
      ["a-net1"],
    );
    nb.removePort("blue", "a-net1");
    assert.deepEqual([changed.at(-1), [...view.rows.ids()]], ["A, held by 0", []]);
  });

  it("reports an allocation whose port was moved to another switch, though its row did not change", () => {
    const { nb, changed } = viewed();
    nb.addSwitch("green", "10.0.1.0/24");
    const uuid = nb.addPort("blue", "a-net1", port("A"));
    changed.length = 0;
    nb.commit(
      mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, "blue")]], [["ports", "delete", [uuid]]]),
      mutate(logicalSwitch, [["_uuid", "==", nb.uuidOf(logicalSwitch, "green")]], [["ports", "insert", [uuid]]]),
    );
    assert.deepEqual(changed, ["A, held by 0"]);
  });

  it("reports an address that two hold once that has lasted, and forgets it when one of them goes", async () => {
    const { nb, view, conflicts, clock } = viewed();
    nb.addPort("blue", "a-net1", port("A"));
    nb.addPort("blue", "b-net1", port("B"));
    assert.equal(conflicts.length, 0);
    await clock.advance(10_000);
    assert.deepEqual(
      conflicts.map(({ network, newcomer }) => [network, newcomer.name]),
      [["blue", "b-net1"]],
    );
    assert.equal(view.conflicts().length, 1);
    nb.removePort("blue", "a-net1");
    assert.deepEqual(view.conflicts(), []);
  });
});
