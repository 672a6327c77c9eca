// The objects that the page shows of a real Northbound database.
import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { allItems } from "#src/commands/view/items/all-items.ts";
import { routerItems, switchLinks } from "#src/commands/view/items/switch-links.ts";
import { noCluster } from "#src/commands/view/items/view-facts.ts";
import { NbReading } from "#src/commands/nb-reading.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";

const script = `
lr-add r1
lr-add r2
ls-add blue -- set Logical_Switch blue other_config:subnet=10.0.0.0/24
ls-add join
lrp-add r1 r1-blue 02:00:00:00:00:01 10.0.0.1/24
lrp-add r1 r1-join 02:00:00:00:00:02 100.64.0.1/24
lrp-add r2 r2-join 02:00:00:00:00:03 100.64.0.2/24
lsp-add blue blue-r1 -- lsp-set-type blue-r1 router -- lsp-set-addresses blue-r1 router -- lsp-set-options blue-r1 router-port=r1-blue
lsp-add join join-r1 -- lsp-set-type join-r1 router -- lsp-set-addresses join-r1 router -- lsp-set-options join-r1 router-port=r1-join
lsp-add join join-r2 -- lsp-set-type join-r2 router -- lsp-set-addresses join-r2 router -- lsp-set-options join-r2 router-port=r2-join
lsp-add blue blue-lan -- lsp-set-type blue-lan localnet -- lsp-set-addresses blue-lan unknown -- lsp-set-options blue-lan network_name=lan
`;

test("networks are connected to their routers and wires, and routers to each other by switches that are none", async () => {
  await using server = await startOvsdbServer();
  const { endpoint } = server;
  await nbctl(endpoint, "init");
  const words = script
    .trim()
    .split("\n")
    .flatMap((line) => ["--", ...line.split(" ")]);
  await nbctl(endpoint, ...words.slice(1));
  await using nb = await NbReading.open(
    {
      nb: { endpoints: [endpoint], leader: "any" },
      clock: systemClock,
      logger: silentLogger,
      tables: controllerTables,
    },
    { deadlineMs: systemClock.monotonicMs() + 30_000 },
  );
  const links = switchLinks(nb);
  assert.deepEqual([...links.values()].map(({ routers, wire }) => [routers.join(), wire]).sort(), [
    ["r1", "lan"],
    ["r1,r2", undefined],
  ]);
  const isBlue = (uuid: string): boolean => nb.index.switchWith(uuid)?.network.name === "blue";
  assert.deepEqual(
    routerItems(nb, links, isBlue)
      .map(({ key, routers }) => [key, routers])
      .sort(),
    [
      ["router/r1", ["router/r2"]],
      ["router/r2", ["router/r1"]],
    ],
  );
  const items = allItems({ nb, clusterUid: undefined, cluster: noCluster });
  assert.deepEqual(items.map(({ key }) => key).sort(), ["network/blue", "router/r1", "router/r2", "wire/lan"]);
  const blue = items.find(({ key }) => key === "network/blue");
  assert.ok(blue?.kind === "network");
  assert.deepEqual([blue.routers, blue.wire], [["router/r1"], "wire/lan"]);
});
