import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createAuthority, issueServing } from "#certs/authority.ts";
import { parseBundle } from "#certs/pem-bundle.ts";
import { nextRolloverStep, type TrustState } from "#certs/rollover.ts";
import { readAuthority, readLeaf, printSecret } from "#certs/stored-trust.ts";
import { systemClock } from "#src/core/clock.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const rules = { names: ["a.svc", "10.0.0.1"], settleMs: 60_000 };
const at = (days: number) => start + days * day;
const options = (days: number, now: number) => ({
  clock: { ...systemClock, now: () => now },
  randomBytes,
  validityMs: days * day,
});
const secret = (body: object) => ({ metadata: { name: "s", uid: "u", resourceVersion: "1" }, ...body });

async function made(name: string, days: number, now: number, earlier = "") {
  const pair = await createAuthority(name, options(days, now));
  return readAuthority(secret(printSecret(pair, pair.cert + earlier)));
}

type Stored = Awaited<ReturnType<typeof made>>;

async function issued({ authority }: Stored, days: number, now: number, names: readonly string[] = rules.names) {
  const pair = await issueServing(authority, [names[0] ?? "", ...names.slice(1)], options(days, now));
  return readLeaf(secret(printSecret(pair, authority.cert)));
}

const first = await made("first", 90, at(0));
const leaf = await issued(first, 30, at(0));
// This is the state after a roll-over on day 60.
const second = await made("second", 90, at(60), first.bundle);
const state = (more: Partial<TrustState>): TrustState => ({
  authority: first,
  leaf,
  isLeafStored: true,
  trustedForMs: 3_600_000,
  ...more,
});

test("an empty cluster gets an authority, then a leaf at once: nobody can be disturbed", () => {
  const step = nextRolloverStep(state({ authority: undefined, leaf: undefined }), rules, at(0));
  assert.deepEqual(step, { do: "new-authority", earlier: "", why: "there is none" });
  const next = nextRolloverStep(state({ leaf: undefined, isLeafStored: false, trustedForMs: undefined }), rules, at(0));
  assert.equal(next.do, "new-leaf");
});

test("certificates in order stay, and are checked each hour, or earlier when they are due", () => {
  assert.deepEqual(nextRolloverStep(state({}), rules, at(1)), { do: "wait", forMs: 3_600_000 });
  const justBefore = nextRolloverStep(state({}), rules, at(20) - 5_000);
  assert.ok(justBefore.do === "wait" && justBefore.forMs <= 5_000);
});

test("leaf and authority are renewed after two thirds of their lives", () => {
  assert.deepEqual(nextRolloverStep(state({}), rules, at(20)), { do: "new-leaf", why: "it is due" });
  const { do: step } = nextRolloverStep(state({}), rules, at(60) - 1_000);
  assert.notEqual(step, "new-authority");
  const renewal = nextRolloverStep(state({}), rules, at(60));
  assert.ok(renewal.do === "new-authority" && renewal.earlier === first.bundle, "the old one stays in the bundle");
});

test("a new authority signs only when it was seen in every configuration for the settle time", async () => {
  const old = await issued(first, 30, at(59));
  const rolled = (trustedForMs: number | undefined) =>
    nextRolloverStep(state({ authority: second, leaf: old, trustedForMs }), rules, at(60));
  assert.deepEqual(rolled(undefined), { do: "wait", forMs: 3_600_000 });
  assert.deepEqual(rolled(10_000), { do: "wait", forMs: 50_000 });
  assert.deepEqual(rolled(60_000), { do: "new-leaf", why: "it is of an earlier authority" });
});

test("a leaf that has ended is replaced whatever the caBundle says, because there is nothing to lose", async () => {
  const old = await issued(first, 1, at(58));
  const step = nextRolloverStep(state({ authority: second, leaf: old, trustedForMs: undefined }), rules, at(60));
  assert.equal(step.do, "new-leaf");
});

test("an old authority leaves the bundle when it has ended, and not before", async () => {
  const own = await issued(second, 30, at(60));
  assert.equal(nextRolloverStep(state({ authority: second, leaf: own }), rules, at(75)).do, "wait");
  const step = nextRolloverStep(
    state({ authority: second, leaf: await issued(second, 30, at(85)) }),
    rules,
    at(90) + 1_000,
  );
  assert.ok(step.do === "new-bundle");
  assert.deepEqual(
    parseBundle(step.bundle).map(({ subject }) => subject),
    ["CN=second"],
  );
});

test("the authority of the leaf that is served is in the bundle, also when the authority's Secret was replaced", async () => {
  const other = await made("other", 90, at(1));
  const step = nextRolloverStep(state({ authority: other }), rules, at(1));
  assert.ok(step.do === "new-bundle");
  assert.deepEqual(
    parseBundle(step.bundle).map(({ subject }) => subject),
    ["CN=other", "CN=first"],
  );
  const gone = nextRolloverStep(state({ authority: undefined, isLeafStored: false }), rules, at(1));
  assert.ok(gone.do === "new-authority" && gone.earlier === first.bundle);
});

test("a leaf whose Secret was deleted, or that lacks a name, is made anew", async () => {
  assert.deepEqual(nextRolloverStep(state({ isLeafStored: false }), rules, at(1)), {
    do: "new-leaf",
    why: "its Secret is gone",
  });
  const short = await issued(first, 30, at(0), ["a.svc"]);
  assert.equal(nextRolloverStep(state({ leaf: short }), rules, at(1)).do, "new-leaf");
});

test("a leaf that is not valid yet is replaced at once, whatever the caBundle says, because nobody can use it", async () => {
  const early = await issued(first, 30, at(3));
  const why = "it is not valid yet";
  for (const trustedForMs of [undefined, 3_600_000]) {
    const step = nextRolloverStep(state({ leaf: early, trustedForMs }), rules, at(2));
    assert.deepEqual(step, { do: "new-leaf", why });
  }
  // Certificates are dated back, so that a maker whose clock is a little ahead is no reason to replace anything.
  const slightly = await issued(first, 30, at(2) + 4 * 60_000);
  assert.equal(nextRolloverStep(state({ leaf: slightly }), rules, at(2)).do, "wait");
});

test("an authority that is not valid yet counts as absent, and what came before it stays in the bundle", async () => {
  const early = await made("early", 90, at(3), first.bundle);
  const step = nextRolloverStep(state({ authority: early }), rules, at(2));
  assert.ok(step.do === "new-authority" && step.why === "it is not valid yet");
  assert.ok(parseBundle(step.earlier).some(({ subject }) => subject === "CN=first"));
  // Its leaf is of another authority then, and of no use.
  const next = await made("next", 90, at(2), step.earlier);
  const leafOfEarly = await issued(early, 30, at(3));
  const corrected = state({ authority: next, leaf: leafOfEarly, trustedForMs: undefined, correctedForMs: 0 });
  assert.equal(nextRolloverStep(corrected, rules, at(2)).do, "new-leaf");
});

test("what was replaced for that reason is so again only after a pause, since the other clock may stay wrong", async () => {
  const minutes = 60_000;
  const leafAgain = state({ leaf: await issued(first, 30, at(3)), correctedForMs: 4 * minutes });
  assert.deepEqual(nextRolloverStep(leafAgain, rules, at(2)), { do: "wait", forMs: 6 * minutes });
  const authorityAgain = state({ authority: await made("early", 90, at(3)), correctedForMs: 4 * minutes });
  assert.deepEqual(nextRolloverStep(authorityAgain, rules, at(2)), { do: "wait", forMs: 6 * minutes });
  assert.equal(nextRolloverStep({ ...leafAgain, correctedForMs: 10 * minutes }, rules, at(2)).do, "new-leaf");
  const due = state({ leaf: await issued(first, 1, at(0)), correctedForMs: 0 });
  assert.equal(nextRolloverStep(due, rules, at(2)).do, "new-leaf", "other reasons have no pause");
});
