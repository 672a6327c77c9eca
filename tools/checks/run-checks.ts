// `npm run check -- [NAME...] [--except NAME]`: runs the checks that do not run the product, as many at once as there are cores.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Check, checks } from "./checks.ts";
import { runChild } from "./child.ts";
import { root, sourceFiles } from "../source-files.ts";

interface Verdict {
  readonly check: Check;
  readonly complaint: string | undefined;
}

async function perform(check: Check, sources: number): Promise<Verdict> {
  const { code, output, seconds } = await runChild(check.command, check.args, root);
  const saw = check.saw?.(output);
  const blind = saw !== undefined && saw < sources;
  const text = (check.noise === undefined ? output : output.replace(check.noise, "")).trim();
  const complaint = blind
    ? `saw ${String(saw)} files, but there are ${String(sources)} sources; its configuration hides some\n${text}`
    : text;
  const failed = code !== 0 || blind;
  console.log(`${failed ? "✗" : "✓"} ${check.name.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s`);
  return { check, complaint: failed ? complaint : undefined };
}

async function performAll(queue: Check[], sources: number): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      verdicts.push(await perform(next, sources));
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));
  return verdicts;
}

const { positionals: wanted, values } = parseArgs({
  allowPositionals: true,
  options: { except: { type: "string", multiple: true, default: [] } },
});
const strangers = [...wanted, ...values.except].filter((name) => !checks.some((check) => check.name === name));
if (strangers.length > 0) {
  console.error(
    `check: no check is called ${strangers.join(", ")}; there are ${checks.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
const startedMs = performance.now();
const chosen = checks
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  .filter(({ name }) => !values.except.includes(name));
const verdicts = await performAll([...chosen], sourceFiles().length);
const failed = verdicts.filter(({ complaint }) => complaint !== undefined);
for (const { check, complaint } of failed) {
  console.log(`\n── ${check.name} ── ${check.remedy}\n${complaint ?? ""}`);
}
const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
const names = failed.length === 0 ? "" : `: ${failed.map(({ check }) => check.name).join(", ")}`;
console.log(
  `\ncheck: ${String(verdicts.length - failed.length)} ok, ${String(failed.length)} failed${names} (${seconds} s)`,
);
process.exit(failed.length === 0 ? 0 : 1);
