// test/integration/controllers/chassis-answers.test.ts tests it with databases.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChassisAnswers } from "#src/controllers/fail-over/chassis-answers.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

test("nobody is asked while the Southbound database is not reached, since the answers would not be seen", async () => {
  const clock = new ManualClock();
  const answers = new ChassisAnswers({
    nb: { waitForSession: () => assert.fail("the number was raised") },
    sb: { endpoints: ["unix:/nowhere"] },
    onAnswer: () => {},
    clock,
    logger: silentLogger,
  });
  const refused = assert.rejects(answers.ask({ deadlineMs: 100 }), { code: "NotConnected" });
  await clock.advance(100);
  await refused;
  assert.deepEqual([answers.askedMs, answers.answeredMs("n1")], [undefined, undefined]);
});
