import assert from "node:assert/strict";
import { test } from "node:test";
import { withDefaults } from "../../../src/client/client-options.ts";
import { parseEndpoint } from "../../../src/connection/endpoint.ts";
import { Monitor } from "../../../src/monitor/monitor.ts";
import { Replica } from "../../../src/monitor/replica.ts";
import { ServerLink } from "../../../src/client/server-link.ts";

test("a server that cannot be reached is an answer, not an event", async () => {
  const settings = withDefaults({ endpoints: [], database: "D", tables: [] });
  const monitor = new Monitor({
    id: "rows",
    database: "D",
    replica: new Replica([]),
    methods: [],
    onChanged: () => {},
  });
  const link = new ServerLink(settings, monitor);
  const events: string[] = [];
  const error = await link.run(parseEndpoint("unix:/nonexistent/sock"), "any", new AbortController().signal, {
    synced: () => events.push("synced"),
    closed: () => events.push("closed"),
  });
  assert.equal(error.code, "NotConnected");
  assert.deepEqual(events, []);
});
