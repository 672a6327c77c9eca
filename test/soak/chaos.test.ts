import { test } from "node:test";
import { runChaos } from "#test/chaos/chaos.ts";
import { controlPlaneTools } from "#test/lab/control-plane.ts";
import { chooseSeed } from "#test/lab/seeded-random.ts";
import { whyToolsAreMissing } from "#test/lab/tool-cache.ts";

test("1,000 pods survive, or end with, everything that may happen to controllers and rows", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async (t) => {
  const seed = chooseSeed();
  const tell = (line: string): void => {
    t.diagnostic(line);
  };
  tell(`SEED=${seed}`);
  await runChaos({ seed, pods: 1_000, forced: 50, robbed: 20, strays: 10, tell });
});
