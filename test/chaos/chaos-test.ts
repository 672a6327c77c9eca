import { test } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { type ChaosOptions, runChaos } from "./chaos.ts";

/** A test of a bad day in a cluster. Its seed is printed, and `SEED` repeats the choices. */
export function chaosTest(title: string, scale: Omit<ChaosOptions, "seed" | "tell">): void {
  void test(title, { skip: whyToolsAreMissing(controlPlaneTools) }, async (t) => {
    const seed = chooseSeed();
    const tell = (line: string): void => {
      t.diagnostic(line);
    };
    tell(`SEED=${seed}`);
    await runChaos({ ...scale, seed, tell });
  });
}
