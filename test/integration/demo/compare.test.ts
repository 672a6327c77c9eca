import assert from "node:assert/strict";
import { test } from "node:test";
import { compareWithNb } from "#demo/compare-with-nb.ts";
import { admitSamples } from "#demo/admit-samples.ts";
import type { Stage } from "#demo/stage.ts";
import { startNorthbound, startWebhook } from "#demo/start-webhook.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";

test("the demo's comparison fails when a row is missing, or somebody has an address twice", async () => {
  await using owned = new AsyncDisposableStack();
  const nb = await startNorthbound(owned);
  const reviewer = await startWebhook(nb, owned);
  const found = { addresses: 0, duplicates: 0 };
  const stage: Stage = {
    nb,
    reviewer,
    admitted: [],
    refused: 0,
    found,
    wired: 0,
    ping: "skipped",
    owned,
    show: () => {},
  };
  await admitSamples.run(stage);
  await compareWithNb.run(stage);
  assert.deepEqual(stage.found, { addresses: 10, duplicates: 0 });

  await addForeignPort(nb, { switchName: "green", name: "vm", addresses: "00:00:00:00:00:01 10.20.0.53" });
  await assert.rejects(compareWithNb.run(stage), /10\.20\.0\.53 of switch green is held by .*vm/);
  assert.equal(stage.found.duplicates, 1);
  await nbctl(nb, "lsp-del", "vm");
  await compareWithNb.run(stage);

  const { ports } = await readNb([nb]);
  await nbctl(nb, "lsp-del", ports.find(({ switchName }) => switchName === "blue")?.name ?? "");
  await assert.rejects(compareWithNb.run(stage), /the answers differ from the database 1 times/);
});
