import assert from "node:assert/strict";
import { it } from "node:test";
import { PortHistory } from "#test/stacks/port-history.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

it("the history of ports answers each of many who ask at once", async () => {
  await using server = await startOvsdbServer();
  await nbctl(server.endpoint, "ls-add", "blue");
  await using history = await PortHistory.start(server.endpoint, server.folder, "blue");
  await nbctl(server.endpoint, "lsp-add", "blue", "vm");
  const answers = await Promise.all(Array.from({ length: 20 }, () => history.events()));
  for (const events of answers) {
    const seen = events.map(({ action, name }) => `${action} ${name}`);
    assert.deepEqual(seen.slice(0, 2), ["initial history-blue", "insert vm"]);
  }
});
