import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "../source-files.ts";
import { code, table } from "./markdown.ts";

/** The results of `npm run soak -- policy-conformance`. */
export const conformanceFile = join(root, "docs/reference/policy-conformance.json");

const tallySchema = z.object({ cases: z.int(), checks: z.int(), agree: z.int() });
const conformanceSchema = z.object({
  /** The day of the run. */
  date: z.iso.date(),
  /** The version of cyclonus. */
  cyclonus: z.string(),
  /** The versions of OVN and Open vSwitch. */
  ovn: z.string(),
  openVswitch: z.string(),
  all: tallySchema,
  /** The checks of SCTP among all. */
  sctp: z.int(),
  tags: z.record(z.string(), tallySchema),
  deviations: z.array(z.object({ description: z.string(), found: z.array(z.string()), reason: z.string() })),
});

export type ConformanceTally = Readonly<z.output<typeof tallySchema>>;
export type Conformance = Readonly<z.output<typeof conformanceSchema>>;

export function readConformance(file: string = conformanceFile): Conformance {
  return conformanceSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

export function writeConformance(conformance: Conformance, file: string = conformanceFile): void {
  writeFileSync(file, `${JSON.stringify(conformance, undefined, 2)}\n`);
}

/** The page: what ran, the result for each tag of cyclonus, and the deviations with their reasons. */
export function printConformance(run: Conformance): string {
  const count = (number: number): string => number.toLocaleString("en");
  const { all, sctp, date, cyclonus, ovn, openVswitch, tags, deviations } = run;
  const rows = Object.entries({ ...tags, all }).map(([tag, { cases, checks, agree }]) => {
    return [tag === "all" ? "**all cases**" : code(tag), count(cases), count(checks), count(agree)];
  });
  const list = deviations.map(
    ({ description, found, reason }) => `* ${description}: ${found.length} checks. ${reason}`,
  );
  return [
    `[Cyclonus](https://github.com/mattfenwick/cyclonus) ${cyclonus} generates NetworkPolicies, and has a model of its own that says for`,
    "each pair of pods which ports of one the other reaches. `npm run soak -- policy-conformance` makes each of them a",
    "MultiNetworkPolicy on a Network of OVN, with nine pods in three namespaces on two chassis, and compares.",
    "",
    "A check is one port of one pod that another pod tries to reach. TCP and UDP are real packets on the real datapath, with an answer",
    `that comes back. The ${count(sctp)} checks of SCTP ask the flows of OVN by \`ovn-trace\`, since the kernels that the tests run on have no SCTP.`,
    `The table is of ${date}, with OVN ${ovn} and Open vSwitch ${openVswitch}. A case has several tags.`,
    "",
    table(["tag", "cases", "checks", "agree"], rows),
    "",
    "## Deviations",
    "",
    ...(list.length === 0 ? ["There are none."] : list),
  ].join("\n");
}
