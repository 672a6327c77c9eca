import { test } from "node:test";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { runOddRows } from "#test/stacks/odd-rows.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

test("no row that somebody writes into any table ends webhook or controller, or changes what they know of the others", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`SEED=${seed}`);
  const say = (text: string): void => {
    t.diagnostic(text);
  };
  await runOddRows({ seed, before: 150, rounds: 2, perRound: 100, say });
});
