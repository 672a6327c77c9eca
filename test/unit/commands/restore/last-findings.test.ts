import assert from "node:assert/strict";
import { it } from "node:test";
import { lastFindings } from "#src/commands/restore/last-findings.ts";
import { AppError, hasCode } from "#src/core/errors.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

/** Compares with these answers, one after the other, and then with the last one. */
function parts(...answers: readonly (readonly unknown[] | AppError)[]) {
  const said: string[] = [];
  let asked = 0;
  return {
    said,
    clock: new ManualClock(),
    signal: new AbortController().signal,
    say: (line: string) => said.push(line),
    compare: async () => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      if (answer instanceof AppError) throw answer;
      return answer;
    },
  };
}
const away = new AppError("DeadlineExceeded", "pods could not be read");

it("compares until nothing is left, also after a comparison that failed", async () => {
  const made = parts(["lost"], away, []);
  const findings = lastFindings(made, 60_000);
  await made.clock.advance(4_000);
  assert.deepEqual(await findings, []);
  assert.deepEqual(made.said, ["not compared: pods could not be read"]);
});

it("gives what is left when the time is up", async () => {
  const made = parts(["lost", "changed"], ["lost"]);
  const findings = lastFindings(made, 3_000);
  await made.clock.advance(4_000);
  assert.deepEqual(await findings, ["lost"]);
});

it("says what is done already when it cannot compare in its time, or never could", async () => {
  for (const error of [away, new AppError("ConfigInvalid", "there is no key")]) {
    const made = parts(error);
    await assert.rejects(lastFindings(made, 0), (thrown) => hasCode(thrown, error.code));
    assert.deepEqual(made.said, ["the database was restored, and the webhooks were started; run `ovn4nfv check`"]);
  }
});
