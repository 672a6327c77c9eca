import assert from "node:assert/strict";
import { test } from "node:test";
import type { OvsdbSession } from "ovsdb-client";
import { RowWriter } from "#src/controllers/topology/row-writer.ts";
import { AppError } from "#src/core/errors.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalRouter, topologyNat } from "#src/ovn/owned/topology-tables.ts";
import { topologyRows, topologyScope } from "#src/ovn/rows/topology.ts";
import { fakeNb } from "#test/fakes/ovn/fake-nb.ts";
import { sampleTopology } from "#test/fixtures/ovn/sample-topology.ts";

/** A writer on an empty NB whose transactions end by `transact`. */
function writer(transact: OvsdbSession["transact"]) {
  const session = { transact } as unknown as OvsdbSession;
  return new RowWriter({ rows: () => new Map(), waitForSession: () => Promise.resolve(session) }, "c1");
}
const rows = topologyRows(sampleTopology(false));
const changed = (error: unknown) => error instanceof AppError && error.code === "RowsChanged";

test("the rows are written in one durable transaction", async () => {
  const sent: string[][] = [];
  const own = writer((operations) => {
    sent.push(operations.map(({ op }) => op));
    return Promise.resolve([]);
  });
  assert.equal(await own.bring(topologyScope, rows, [], {}), undefined);
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.at(-1), "commit");
});

test("a change that hit no row, or a wait that failed, means that NB has moved on", async () => {
  await assert.rejects(writer(() => Promise.resolve([{ count: 0 }])).bring(topologyScope, rows, [], {}), changed);
  const timedOut = new AppError("TransactionFailed", "wait", { details: { error: "timed out" } });
  await assert.rejects(writer(() => Promise.reject(timedOut)).bring(topologyScope, rows, [], {}), changed);
});

test("any other failure is thrown as it is", async () => {
  const error = new AppError("OutcomeUnknown", "lost");
  await assert.rejects(writer(() => Promise.reject(error)).bring(topologyScope, rows, [], {}), error);
});

test("nothing to write is nothing sent", async () => {
  await writer(() => assert.fail("sent")).write([], {});
});

test("a rule that was inserted twice, by a transaction of unknown outcome and by its repetition, is taken out once", async () => {
  const ids = (row: string) =>
    new Map(
      Object.entries({ owner: "ovn4nfv", cluster: "c1", row: `u1/${row}` }).map(
        ([key, value]) => [externalId(key as "row"), value] as const,
      ),
    );
  const columns = { type: "snat", external_ip: "198.51.100.20", logical_ip: "10.0.0.0/24" };
  const rule = { ...columns, external_ids: ids("snat") };
  const { nb, sent } = fakeNb({
    Logical_Router: { r: { name: "r", nat: ["n1", "n2"], external_ids: ids("router") } },
    NAT: { n1: rule, n2: rule },
  });
  const desired = [
    { id: "u1/router", table: logicalRouter, columns: { name: "r" } },
    { id: "u1/snat", table: topologyNat, columns, parent: { id: "u1/router", column: "nat" } },
  ];
  assert.equal(await new RowWriter(nb, "c1").bring("u1", desired, [], {}), undefined);
  const [operations, ...others] = sent;
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(operations?.[0]), /"mutations":\[\["nat","delete",\["set",\[\["uuid","n2"\]\]\]\]\]/);
  assert.equal(operations?.length, 2, "the other one is a commit");
});
