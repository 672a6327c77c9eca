// `npm run soak -- day`. MINUTES says how long it lasts (10), SEED repeats the choices, and DRAWING names the file for the SVG.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { root } from "#tools/source-files.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { runDay } from "#test/day/day.ts";
import { chooseSeed } from "#test/fakes/seeded-random.ts";

const seed = chooseSeed();
const minutes = Number(process.env["MINUTES"] ?? 10);
const folder = join(root, "node_modules/.cache/soak");

it(`nothing is lost, shared or grows in ${minutes} minutes of coming and going (SEED=${seed})`, {
  skip: whyToolsAreMissing(controlPlaneTools),
}, async () => {
  mkdirSync(folder, { recursive: true });
  const began = performance.now();
  const say = (text: string): void => {
    process.stderr.write(`[${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s] ${text}\n`);
  };
  await runDay({ minutes, seed, drawing: process.env["DRAWING"] ?? join(folder, "day.svg"), say });
});
