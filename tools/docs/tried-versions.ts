import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "../source-files.ts";
import { code, table } from "./markdown.ts";

/** The results of `npm run soak -- versions`. */
export const triedFile = join(root, "docs/reference/tried-versions.json");

const triedSchema = z.object({
  phase: z.string(),
  /** The day of the run. */
  date: z.iso.date(),
  ovn: z.string(),
  openVswitch: z.string(),
  kubernetes: z.string(),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** The files with failures. */
  failures: z.array(z.string()),
  /** The reason for which nothing ran. */
  why: z.string().optional(),
});

/** The result of one phase on its versions. */
export type Tried = Readonly<z.output<typeof triedSchema>>;

export function readTried(file: string = triedFile): readonly Tried[] {
  return z.array(triedSchema).parse(JSON.parse(readFileSync(file, "utf8")));
}

export function writeTried(tried: readonly Tried[], file: string = triedFile): void {
  writeFileSync(file, `${JSON.stringify(tried, undefined, 2)}\n`);
}

/** The versions of a program with which a phase passed, the oldest first. `also` is one that the usual tests run on. */
export function passedVersions(
  tried: readonly Tried[],
  program: "ovn" | "openVswitch" | "kubernetes",
  also: string,
): readonly string[] {
  const passed = tried.filter((one) => one.failed === 0 && one.passed > 0).map((one) => one[program].replace(/^v/, ""));
  const collator = new Intl.Collator("en", { numeric: true });
  return [...new Set([also, ...passed])].sort((a, b) => collator.compare(a, b));
}

/** The table of the results, and under it what failed or did not start. */
export function printTried(tried: readonly Tried[]): string {
  const rows = tried.map(({ phase, date, ovn, openVswitch, kubernetes, passed, failed, skipped }) => {
    return [code(phase), ovn, openVswitch, kubernetes, String(passed), String(failed), String(skipped), date];
  });
  const faults = tried.flatMap(({ phase, failures, why }) => [
    ...(why === undefined ? [] : [`* ${code(phase)} did not run: ${why.split("\n")[0] ?? ""}`]),
    ...(failures.length === 0 ? [] : [`* ${code(phase)} had failures in ${failures.map(code).join(", ")}.`]),
  ]);
  const titles = ["phase", "OVN", "Open vSwitch", "Kubernetes", "passed", "failed", "skipped", "day"];
  return [table(titles, rows), ...(faults.length === 0 ? [] : ["", ...faults])].join("\n");
}
