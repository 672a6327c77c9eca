import assert from "node:assert/strict";
import { test } from "node:test";
import { claimItems } from "#src/commands/view/items/claim-items.ts";
import { noCluster } from "#src/commands/view/items/view-facts.ts";
import { claimObject } from "#test/fixtures/controllers/ipam-claims.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

const cluster = { ...noCluster, claims: [claimObject({ status: { ips: ["10.1.0.5/24"] } })] };

test("a claim whose addresses the database does not keep is not ready", () => {
  const { index, source } = indexedNb({ switches: [] });
  const nb = { index, rows: source.rows.bind(source) };
  const [item] = claimItems({ nb, clusterUid: undefined, cluster });
  assert.deepEqual([item?.key, item?.ready, item?.reason], ["claim/default/db", "no", "lost"]);
});

test("without the database nobody judges a claim", () => {
  const [item] = claimItems({ nb: undefined, clusterUid: undefined, cluster });
  assert.deepEqual([item?.ready, item?.network, item?.addresses], ["unknown", "network/blue", ["10.1.0.5/24"]]);
});
