import assert from "node:assert/strict";
import { test } from "node:test";
import { networksWithRows } from "#src/controllers/networks/networks-with-rows.ts";
import type { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { countWays, UplinkController, uplinksWithRows } from "#src/controllers/uplinks/uplink-controller.ts";
import { AppError } from "#src/core/errors.ts";
import { silentLogger as logger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { OwnedRow } from "#src/ovn/owned/read-owned-rows.ts";
import { FakeWatchServer } from "#test/fakes/kube/fake-watch-server.ts";
import { ManualClock, settled } from "#test/fakes/manual-clock.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

test("rows of Uplinks are not taken for those of Networks that are gone, and the other way round", () => {
  const network = "5b1f0c6e-3c1d-4a53-9d7e-0f2f6a2f8a10";
  const ids = ["topology/ovn4nfv-join", `${network}/switch`, "uplink/u9/gateway", "uplink/u9/outside"];
  const owned = { rows: new Map(ids.map((id) => [id, {} as OwnedRow])), foreignNames: new Set<string>() };
  assert.deepEqual([...uplinksWithRows(owned)], ["u9"]);
  assert.deepEqual([...networksWithRows(owned)], [network]);
});

test("ways out are counted by state, and a state that none has is zero", () => {
  const there = (...chassis: readonly string[]) => {
    const wayOut = { routeTable: "west", gatewayId: "g", addresses: [], natsIpv6: true };
    return { kind: "there", wayOut, chassis } as const;
  };
  const ways = [there("n1"), there("n1", "n2"), there()];
  assert.deepEqual(
    [...countWays(ways)],
    [
      ["ready", 2],
      ["waiting", 1],
      ["refused", 0],
    ],
  );
  assert.equal(countWays([{ kind: "waits", message: "the address is taken" }]).get("refused"), 1);
});

test("the rows of a gateway are tried again every 2 s at the latest while pods change what they were decided on", async (t) => {
  const [client, clock, metrics] = [new FakeWatchServer(), new ManualClock(), createMetrics()];
  const triedAt: number[] = [];
  const nb = {
    rows: () => new Map(),
    follow: () => () => {},
    waitForSession: () => {
      triedAt.push(clock.monotonicMs());
      return Promise.reject(new AppError("RowsChanged", "a port came"));
    },
  };
  const controller = new UplinkController({
    nb: nb as unknown as NbFeed,
    client,
    cluster: "c",
    topology: sampleTopology(false),
    gatewaySelector: "",
    wires: { nodes: () => [], hasSynced: true, onChange: () => {}, whenSynced: () => Promise.resolve() },
    events: { record: () => {} },
    settleMs: 0,
    clock,
    logger,
    metrics,
  });
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
  });
  void controller.run(stop.signal);
  await settled();
  client.watch.send("ADDED", { metadata: { name: "west", uid: "u", resourceVersion: "1" }, spec: {} });
  client.watch.bookmark("1", true);
  await clock.advance(60_000);
  const pauses = triedAt.slice(1).map((at, n) => at - (triedAt[n] ?? 0));
  assert.ok(pauses.length > 30, pauses.join());
  assert.equal(Math.max(...pauses), 2_000);
});
