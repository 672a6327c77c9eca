// test/integration/cni/agent/node-switch.test.ts tests it with a database.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrationBridge } from "#cni/agent/node/integration-bridge.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("before the database is reached there is no bridge, no port and no tunnel, and calls end at their deadline", async () => {
  const clock = new ManualClock();
  const bridge = new IntegrationBridge({ endpoint: "unix:/nowhere", bridge: "br-int", clock, logger: silentLogger });
  assert.equal(bridge.isReady, false);
  assert.deepEqual(bridge.ports(), []);
  assert.equal(bridge.tunnel, undefined);
  assert.equal(bridge.chassis, undefined);
  assert.throws(() => bridge.assertReadyNow(), { code: "NodeNotReady" });
  const late = bridge.find(() => true, { deadlineMs: 100 });
  const refused = assert.rejects(late, { code: "NotConnected" });
  await clock.advance(100);
  await refused;
});
