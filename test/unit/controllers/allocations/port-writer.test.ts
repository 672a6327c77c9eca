import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Operation, OvsdbSession } from "ovsdb-client";
import { PortWriter } from "#src/controllers/allocations/port-writer.ts";
import type { KeptClaim } from "#src/ovn/claims/claim-operations.ts";
import { AppError } from "#src/core/errors.ts";
import { labelledPod, row } from "#test/fixtures/controllers/labelled-pod.ts";

/** A writer whose transactions fail a `wait` when they touch a row that is named here. */
function writing({
  taken = [] as string[],
  gone = [] as string[],
  twice = [] as string[],
  error = "timed out",
  keeps = undefined as KeptClaim | undefined,
} = {}) {
  const sent: (readonly Operation[])[] = [];
  const session = {
    transact(operations: readonly Operation[]) {
      sent.push(operations);
      if (!taken.some((uuid) => JSON.stringify(operations).includes(uuid))) return Promise.resolve([]);
      return Promise.reject(new AppError("TransactionFailed", "no", { details: { error, operation: 0 } }));
    },
  } as unknown as OvsdbSession;
  const writer = new PortWriter({
    session: () => Promise.resolve(session),
    switchesOf: (uuid) => (gone.includes(uuid) ? [] : twice.includes(uuid) ? ["switch-1", "switch-2"] : ["switch-1"]),
    rulesOf: () => [],
    keepsOf: () => keeps,
    successorOf: () => undefined,
  });
  return { sent, writer };
}

const removal = (uuid: string, podUid = "") => ({ rows: [{ ...row(podUid), uuid }] });

describe("PortWriter", () => {
  it("binds all pods in one transaction, and sends none for nothing", async () => {
    const { sent, writer } = writing();
    await writer.bind([]);
    await writer.bind([
      { pod: labelledPod(), rows: [row("")] },
      { pod: labelledPod({ uid: "u2" }), rows: [row("")] },
    ]);
    assert.deepEqual(
      sent.map((operations) => operations.map(({ op }) => op)),
      [["mutate", "mutate"]],
    );
  });

  it("binds to a chassis, and pins what is bound already, in one transaction", async () => {
    const { sent, writer } = writing();
    const pod = labelledPod();
    await writer.bind([{ pod, rows: [row("")], chassis: "c-1" }], [{ pod, rows: [row("uid-web")], chassis: "c-2" }]);
    assert.equal(sent.length, 1);
    const [bind, pin] = (sent[0] ?? []).map((operation) => JSON.stringify(operation));
    assert.match(bind ?? "", /pod-uid",""\].*"requested-chassis","c-1"/);
    assert.match(pin ?? "", /pod-uid","uid-web"\].*"requested-chassis","c-2"/);
    await writer.bind([], []);
    assert.equal(sent.length, 1);
  });

  it("binds a port with the revision of its pod's result when an attempt that was never stored had raised it", async () => {
    const { sent, writer } = writing();
    const raised = { ...row(""), owner: { ...row("").owner, revision: 5 } };
    await writer.bind([{ pod: labelledPod(), rows: [raised], revision: 2 }]);
    await writer.bind([{ pod: labelledPod(), rows: [raised], revision: 5 }]);
    const [lowered, as] = sent.map((operations) => JSON.stringify(operations));
    assert.match(lowered ?? "", /revision","2"/);
    assert.doesNotMatch(as ?? "", /revision/);
  });

  it("puts a row in the place of a port that had addresses of a claim, in the same transaction", async () => {
    const keeps = {
      claim: { cluster: "c", namespace: "default", name: "db-0" },
      switchUuid: "switch-1",
      network: "blue",
      addresses: "0a:58:0a:00:00:05 10.0.0.5",
    };
    const { sent, writer } = writing({ keeps });
    await writer.remove([removal("r1", "uid-web")]);
    const [operations = []] = sent;
    assert.deepEqual(
      operations.map(({ op }) => op),
      ["wait", "mutate", "insert", "mutate"],
    );
    assert.equal(sent.length, 1);
  });

  it("makes one row for a claim of which several ports go", async () => {
    const claim = { cluster: "c", namespace: "default", name: "db-0" };
    const keeps = { claim, switchUuid: "switch-1", network: "blue", addresses: "0a:58:0a:00:00:05 10.0.0.5" };
    const { sent, writer } = writing({ keeps });
    await writer.remove([removal("r1", "uid-web"), removal("r2")]);
    const inserts = (sent[0] ?? []).filter(({ op }) => op === "insert");
    assert.equal(inserts.length, 1);
  });

  it("deletes under a wait on the owner of each row as it was read", async () => {
    const { sent, writer } = writing();
    const removals = [removal("r1"), removal("r2", "uid-web")];
    assert.equal((await writer.remove(removals)).size, 2);
    const [operations = []] = sent;
    assert.deepEqual(
      operations.map(({ op }) => op),
      ["wait", "wait", "mutate"],
    );
    assert.match(JSON.stringify(operations[1]), /"r2".*uid-web/);
  });

  it("tries each alone when one was taken over meanwhile, and returns those that are gone", async () => {
    const { sent, writer } = writing({ taken: ["r2"] });
    const removals = [removal("r1"), removal("r2"), removal("r3")];
    assert.deepEqual([...(await writer.remove(removals))], [removals[0], removals[2]]);
    assert.equal(sent.length, 4);
  });

  it("leaves a port alone that is on two switches, which is not gone then, and deletes those beside it", async () => {
    const { sent, writer } = writing({ twice: ["r1"] });
    const removals = [removal("r1"), removal("r2")];
    assert.deepEqual([...(await writer.remove(removals))], [removals[1]]);
    assert.equal(sent.length, 1);
    assert.doesNotMatch(JSON.stringify(sent), /"r1"/);
    assert.match(JSON.stringify(sent), /"r2"/);
  });

  it("counts rows that have left NB as gone", async () => {
    const { sent, writer } = writing({ gone: ["r1"] });
    assert.equal((await writer.remove([removal("r1")])).size, 1);
    assert.deepEqual(sent, []);
  });

  it("tries each alone when the server refuses them together, and throws why it refuses one alone", async () => {
    const { sent, writer } = writing({ taken: ["r1"], error: "constraint violation" });
    await assert.rejects(writer.remove([removal("r2"), removal("r1")]), { code: "TransactionFailed" });
    assert.equal(sent.length, 3);
    await assert.rejects(writer.remove([removal("r1")]), { code: "TransactionFailed" });
  });
});
