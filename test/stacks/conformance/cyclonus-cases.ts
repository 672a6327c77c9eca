// Network policies as cyclonus tests them: an independent generator of cases, with an independent model of what each allows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "#tools/source-files.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { mustRun } from "#tools/process/command.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

const actionSchema = z.object({
  do: z.enum(["policy", "delete-policy", "namespace", "delete-namespace", "pod", "delete-pod"]),
  namespace: z.string(),
  name: z.string().default(""),
  labels: z.record(z.string(), z.string()).default({}),
  spec: z.record(z.string(), z.unknown()).optional(),
});
const stepSchema = z.object({
  actions: z.array(actionSchema),
  /** Each is `namespace/name`. */
  pods: z.array(z.string()),
  /** Each is a protocol and a number, as `TCP 80`. */
  ports: z.array(z.string()),
  /** The pairs of pods that may talk (`from to`), by port. */
  allowed: z.record(z.string(), z.array(z.string())),
});
const caseSchema = z.object({ description: z.string(), tags: z.array(z.string()), steps: z.array(stepSchema) });
const casesSchema = z.array(caseSchema);

export type CyclonusAction = z.output<typeof actionSchema>;
export type CyclonusStep = z.output<typeof stepSchema>;
export type CyclonusCase = z.output<typeof caseSchema>;

/** The pods of all cases. The first nine are always there, and the others come and go within a case. */
export const cyclonusPods: readonly string[] = [
  ...["x", "y", "z"].flatMap((namespace) => ["a", "b", "c"].map((name) => `${namespace}/${name}`)),
  ...["y-2/a", "y-2/b", "x/d", "w/a"],
];

/** Asks cyclonus for its cases; some of them have the address of a pod in their policies. */
export async function generateCases(addressOf: (pod: string) => string): Promise<readonly CyclonusCase[]> {
  const { "cyclonus-cases": program } = await ensureTools(["cyclonus-cases"]);
  const addresses = Object.fromEntries(cyclonusPods.map((pod) => [pod, addressOf(pod)]));
  return readCases(await mustRun(program, [], { input: JSON.stringify(addresses) }));
}

/** A file with one case a line: those of `npm test`, which need no Go. */
export const sampleFile: string = join(root, "test/fixtures/policies/cyclonus-sample.jsonl");

/** The seed by which the sample was drawn, and how many cases it has of one step and of several. */
const sample = { seed: 5, single: 3, several: 1 } as const;

export function readSample(): readonly CyclonusCase[] {
  const lines = readFileSync(sampleFile, "utf8").trim().split("\n");
  return lines.map((line) => caseSchema.parse(JSON.parse(line)));
}

/** Draws the sample anew from all cases. */
export function printSample(cases: readonly CyclonusCase[]): string {
  const random = seededRandom(sample.seed);
  const draw = (from: readonly CyclonusCase[], count: number): readonly CyclonusCase[] => {
    const rest = [...from];
    return Array.from({ length: count }, () => rest.splice(Math.floor(random() * rest.length), 1)).flat();
  };
  const single = draw(
    cases.filter(({ steps }) => steps.length === 1),
    sample.single,
  );
  const several = draw(
    cases.filter(({ steps }) => steps.length > 1),
    sample.several,
  );
  return [...single, ...several].map((one) => `${JSON.stringify(one)}\n`).join("");
}

export function readCases(text: string): readonly CyclonusCase[] {
  return casesSchema.parse(JSON.parse(text));
}
