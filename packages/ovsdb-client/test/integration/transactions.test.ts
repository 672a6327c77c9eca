import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { namedUuid } from "../../src/values/atom.ts";
import { commit, insert, mutate, remove, select, update, wait } from "../../src/transaction/operations.ts";
import { selectedRows } from "../../src/transaction/results.ts";
import { nbctl, type OvsdbServer, startOvsdbServer } from "../../../../lab/ovn/ovsdb-server.ts";
import { logicalSwitch, logicalSwitchPort, nbGlobal, qos } from "./northbound.ts";
import { deadlineIn, RecordedClient, rejection } from "./recorded-client.ts";

let server: OvsdbServer;
let recorded: RecordedClient;

before(async () => {
  server = await startOvsdbServer();
  recorded = new RecordedClient([server.endpoint]);
});

after(async () => {
  await recorded[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("a transaction gives one result for each operation, and the replica shows it when the promise resolves", async () => {
  const session = await recorded.session();
  const results = await session.transact([
    insert(logicalSwitch, { name: "first", ports: [namedUuid("p")], external_ids: { a: "1", b: "2" } }),
    insert(logicalSwitchPort, { name: "first-p", addresses: ["x", "y"], tag: 7, up: true }, "p"),
    commit({ durable: true }),
  ]);
  const [switchResult, portResult] = results;
  assert.equal(results.length, 3);
  const row = recorded.client.rows(logicalSwitch).get(switchResult?.uuid ?? "");
  const port = recorded.client.rows(logicalSwitchPort).get(portResult?.uuid ?? "");
  assert.deepEqual([...(row?.ports ?? [])], [portResult?.uuid]);
  assert.deepEqual(new Map(row?.external_ids), new Map(Object.entries({ a: "1", b: "2" })));
  assert.deepEqual(
    [port?.name, port?.addresses, port?.tag, port?.up, port?.enabled],
    ["first-p", ["x", "y"], 7, true, undefined],
  );
});

test("mutations, updates and deletes by condition do what they say", async () => {
  const session = await recorded.session();
  const results = await session.transact([
    insert(logicalSwitch, { name: "second", external_ids: { a: "1", b: "2", c: "3" } }),
    mutate(
      logicalSwitch,
      [["name", "==", "second"]],
      [
        ["external_ids", "delete", ["a"]],
        ["external_ids", "insert", { d: "4" }],
      ],
    ),
    update(logicalSwitch, [["external_ids", "includes", { d: "4" }]], { other_config: { subnet: "10.0.0.0/24" } }),
    select(logicalSwitch, [["name", "==", "second"]], ["external_ids", "other_config"]),
    remove(logicalSwitch, [["name", "==", "second"]]),
  ]);
  assert.deepEqual(
    results.map(({ count }) => count),
    [undefined, 1, 1, undefined, 1],
  );
  const [selected] = selectedRows(logicalSwitch, results[3]);
  assert.deepEqual(new Map(selected?.row.external_ids), new Map(Object.entries({ b: "2", c: "3", d: "4" })));
  assert.deepEqual(new Map(selected?.row.other_config), new Map([["subnet", "10.0.0.0/24"]]));
});

test("a refused transaction names the operation and quotes the server", async () => {
  const session = await recorded.session();
  const error = await rejection(
    session.transact([
      insert(logicalSwitch, { name: "never" }),
      wait(logicalSwitch, {
        where: [["name", "==", "no such"]],
        columns: ["name"],
        until: "!=",
        rows: [],
        timeoutMs: 0,
      }),
    ]),
  );
  assert.ok(error.code === "TransactionFailed");
  assert.equal(error.details.reason, "timed out");
  assert.equal(error.details.operation, 1);
  assert.match(String(error.details.serverDetails), /where/);
  assert.ok(
    !recorded.client
      .rows(logicalSwitch)
      .values()
      .some(({ name }) => name === "never"),
  );
});

test("a failure of the commit itself is told as one more result than operations, and as no operation's fault", async () => {
  const session = await recorded.session();
  const lost = "11111111-2222-4333-8444-555555555555";
  const error = await rejection(session.transact([insert(logicalSwitch, { name: "dangling", ports: [lost] })]));
  assert.ok(error.code === "TransactionFailed");
  assert.equal(error.details.reason, "referential integrity violation");
  assert.equal(error.details.operation, undefined);
});

test("integers that a number cannot hold arrive and leave exactly", async () => {
  const session = await recorded.session();
  const huge = 9_007_199_254_740_993n;
  const big = 4_294_967_295;
  const [made] = await session.transact([
    insert(nbGlobal, { nb_cfg: huge }),
    insert(qos, { direction: "to-lport", priority: 1, bandwidth: { rate: big } }, "q"),
    insert(logicalSwitch, { name: "limited", qos_rules: [namedUuid("q")] }),
  ]);
  assert.equal(recorded.client.rows(nbGlobal).get(made?.uuid ?? "")?.nb_cfg, huge);
  assert.match(await nbctl(server.endpoint, "get", "NB_Global", ".", "nb_cfg"), /^9007199254740993$/m);
  assert.equal(recorded.client.rows(qos).values().toArray()[0]?.bandwidth.get("rate"), big);
});

test("what another program writes arrives with the row before and after", async () => {
  await recorded.session();
  await nbctl(server.endpoint, "ls-add", "foreign", "--", "lsp-add", "foreign", "foreign-p");
  await recorded.until("the port", () =>
    recorded.client
      .rows(logicalSwitchPort)
      .values()
      .some(({ name }) => name === "foreign-p"),
  );
  await nbctl(server.endpoint, "lsp-set-addresses", "foreign-p", "0a:00:00:00:00:01 10.0.0.5");
  await recorded.until("its address", () =>
    recorded.client
      .rows(logicalSwitchPort)
      .values()
      .some(({ addresses }) => addresses[0] === "0a:00:00:00:00:01 10.0.0.5"),
  );
  const last = recorded.events.findLast((event) => event.kind === "changed");
  assert.deepEqual(
    last?.changes.map(({ before, after }) => [before?.["addresses"], after?.["addresses"]]),
    [[[], ["0a:00:00:00:00:01 10.0.0.5"]]],
  );
});

test("a transaction that is past its deadline has an unknown outcome, and its late reply is dropped", async () => {
  const session = await recorded.session();
  server.process.freeze();
  const error = await rejection(session.transact([insert(logicalSwitch, { name: "late" })], deadlineIn(50)));
  server.process.thaw();
  assert.equal(error.code, "OutcomeUnknown");
  await session.transact([insert(logicalSwitch, { name: "after the late one" })]);
  assert.equal(recorded.client.session, session);
  assert.ok(
    recorded.client
      .rows(logicalSwitch)
      .values()
      .some(({ name }) => name === "late"),
  );
});

test("a caller that gives up in flight has an unknown outcome, one that gave up before sends nothing", async () => {
  const session = await recorded.session();
  server.process.freeze();
  const abort = new AbortController();
  const outcome = rejection(session.transact([insert(logicalSwitch, { name: "abandoned" })], { signal: abort.signal }));
  abort.abort();
  assert.equal((await outcome).code, "OutcomeUnknown");
  const never = await rejection(
    session.transact([insert(logicalSwitch, { name: "unsent" })], { signal: abort.signal }),
  );
  assert.equal(never.code, "Aborted");
  server.process.thaw();
  await session.transact([insert(logicalSwitch, { name: "next" })]);
  assert.ok(
    !recorded.client
      .rows(logicalSwitch)
      .values()
      .some(({ name }) => name === "unsent"),
  );
});

test("when the server dies, what was in flight is unknown, later calls are refused, and the next session is another", async () => {
  const session = await recorded.session();
  server.process.freeze();
  const outcome = rejection(session.transact([insert(logicalSwitch, { name: "in flight" })]));
  await server.process.kill();
  assert.equal((await outcome).code, "OutcomeUnknown");
  assert.equal(session.signal.aborted, true);
  assert.equal((await rejection(session.transact([]))).code, "NotConnected");
  const kept = recorded.client.rows(logicalSwitch).size;
  assert.ok(kept > 0);
  const waited = await rejection(recorded.client.waitForSession(deadlineIn(20)));
  assert.equal(waited.code, "NotConnected");
  await server.process.start();
  const next = await recorded.session();
  assert.equal(next.number, session.number + 1);
  assert.equal(recorded.client.rows(logicalSwitch).size, kept);
});

test("an update that is longer than any message may be is taken as one, because its rows are short", async () => {
  await using small = new RecordedClient([server.endpoint], { maxFrameBytes: 100_000 });
  await small.session();
  small.events.length = 0;
  const session = await recorded.session();
  const ballast = "long ".repeat(100);
  await session.transact(
    Array.from({ length: 2_000 }, (_, n) => insert(logicalSwitch, { name: `many-${n}`, external_ids: { ballast } })),
  );
  await small.until("the update", () => small.events.length > 0);
  const [first, ...others] = small.events;
  assert.equal(first?.kind === "changed" ? first.changes.length : first?.kind, 2_000);
  assert.deepEqual([others, small.syncs], [[], []]);
});
