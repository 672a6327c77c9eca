import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError, refusal } from "#src/core/errors.ts";
import { decideRequestThenSelections } from "#src/pods/decide-request-then-selections.ts";
import type { DecidePod, PodDecision, PodReservation } from "#src/pods/pod-decision.ts";

const call = { signal: new AbortController().signal, deadlineMs: 0 };
const reservation: PodReservation = { allocation: "A", confirm: () => {}, rollBack: () => Promise.resolve() };
const error = refusal("Malformed", { field: "x", value: 1, reason: "is wrong", remedy: "correct it" });

/** Writes into `log` what it is asked about. */
function answering(name: string, log: string[], decision: Partial<PodDecision>): DecidePod {
  return ({ object }) => {
    log.push(`${name} saw ${Object.keys(object).join()}`);
    return Promise.resolve({ warnings: [`by ${name}`], ...decision } as PodDecision);
  };
}

function patching(name: string, reserved?: PodReservation): Partial<PodDecision> {
  return { kind: "patched", patch: [{ op: "add", path: `/${name}`, value: true }], reservation: reserved };
}

function ask(first: DecidePod, second: DecidePod): Promise<PodDecision> {
  return decideRequestThenSelections(first, second)(
    { object: { kind: "Pod" }, namespace: "a", dryRun: false, username: "" },
    call,
  );
}

describe("decideRequestThenSelections", () => {
  it("asks the second about what the first has left, and gives one decision", async () => {
    const log: string[] = [];
    const decision = await ask(answering("x", log, patching("x")), answering("y", log, patching("y", reservation)));
    assert.ok(decision.kind === "patched");
    assert.deepEqual(
      decision.patch.map(({ path }) => path),
      ["/x", "/y"],
    );
    assert.deepEqual(decision.warnings, ["by x", "by y"]);
    assert.equal(decision.reservation, reservation);
    assert.deepEqual(log, ["x saw kind", "y saw kind,x"]);
  });

  it("keeps the patch of the one that has one", async () => {
    const unchanged = { kind: "unchanged" } as const;
    const ofFirst = await ask(answering("x", [], patching("x")), answering("y", [], unchanged));
    const ofSecond = await ask(answering("x", [], unchanged), answering("y", [], patching("y", reservation)));
    assert.ok(ofFirst.kind === "patched" && ofSecond.kind === "patched");
    assert.deepEqual([ofFirst.patch.length, ofSecond.patch.length], [1, 1]);
    assert.deepEqual([ofFirst.reservation, ofSecond.reservation], [undefined, reservation]);
    const neither = await ask(answering("x", [], unchanged), answering("y", [], unchanged));
    assert.deepEqual(neither, { kind: "unchanged", warnings: ["by x", "by y"] });
  });

  it("asks no further when the first has allocated or refused, and keeps warnings when the second refuses", async () => {
    const log: string[] = [];
    const never: DecidePod = () => assert.fail("was asked");
    await ask(answering("x", log, patching("x", reservation)), never);
    await ask(answering("x", log, { kind: "refused", error }), never);
    const refused = await ask(answering("x", log, patching("x")), answering("y", log, { kind: "refused", error }));
    assert.deepEqual([refused.kind, refused.warnings], ["refused", ["by x", "by y"]]);
  });

  it("throws when the first patch does not apply, and what either throws", async () => {
    const fault = new AppError("NotConnected", "gone");
    const failing: DecidePod = () => Promise.reject(fault);
    const first = answering("x", [], patching("not/there"));
    await assert.rejects(ask(first, failing), { code: "Internal", message: /does not apply: add/ });
    await assert.rejects(ask(answering("x", [], patching("x")), failing), fault);
  });
});
