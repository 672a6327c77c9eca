// Longer than test/e2e/northbound/odd-rows.test.ts, with as many rounds as ROUNDS says.
import { test } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { runOddRows } from "#test/stacks/odd-rows.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";

const rounds = Number(process.env["ROUNDS"] ?? 60);

test(`webhook and controller outlive ${rounds} rounds of odd rows in every table`, {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async () => {
  const seed = chooseSeed();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  say(`SEED=${seed}`);
  await runOddRows({ seed, before: 500, rounds, perRound: 100, say });
});
