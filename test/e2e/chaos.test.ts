import { test } from "node:test";
import { runChaos } from "#test/chaos/chaos.ts";
import { controlPlaneTools } from "#test/lab/control-plane.ts";
import { chooseSeed } from "#test/lab/seeded-random.ts";
import { whyToolsAreMissing } from "#test/lab/tool-cache.ts";

test("200 pods survive, or end with, everything that may happen to controllers and rows; npm run soak has 1,000", {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async (t) => {
  const seed = chooseSeed();
  const tell = (line: string): void => {
    t.diagnostic(line);
  };
  tell(`SEED=${seed}`);
  await runChaos({ seed, pods: 200, forced: 10, robbed: 8, strays: 6, tell });
});
