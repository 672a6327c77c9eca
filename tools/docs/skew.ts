import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { root } from "../source-files.ts";
import { table } from "./markdown.ts";

/** The results of `npm run soak -- upgrade` and `npm run soak -- agent-skew`. */
export const skewFile = join(root, "docs/reference/skew.json");

/** `before` is the release before this tree, whose commit stands in test/upgrade/release-before.ts. */
export const releases = ["before", "this"] as const;
export type Release = (typeof releases)[number];

const release = z.enum(releases);
const skewSchema = z.object({
  webhook: release,
  controller: release,
  /** Undefined where no agent took part. */
  agent: release.optional(),
  shim: release.optional(),
  /** A description for people. */
  what: z.string(),
  passed: z.boolean(),
  /** The day of the run. */
  date: z.iso.date(),
});

/** The result of a run in which parts of these releases were together. */
export type Skew = Readonly<z.output<typeof skewSchema>>;

export function readSkew(file: string = skewFile): readonly Skew[] {
  return z.array(skewSchema).parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Puts a result into the file, in place of an older one of the same releases. */
export function storeSkew(result: Skew, file: string = skewFile): void {
  const key = ({ webhook, controller, agent, shim }: Skew): string =>
    [agent === undefined ? 0 : 1, webhook, controller, agent, shim].join();
  const all = [...readSkew(file).filter((one) => key(one) !== key(result)), result];
  const sorted = all.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

export function printSkew(results: readonly Skew[]): string {
  const rows = results.map(({ webhook, controller, agent = "–", shim = "–", what, passed, date }) => {
    return [webhook, controller, agent, shim, what, passed ? "works" : "**fails**", date];
  });
  return [
    "The table says which parts of the release before (*before*) and of this tree (*this*) ran together, and what came out. `npm run soak --",
    "upgrade` runs webhooks and controllers beside a control plane while pods come and go; `npm run soak -- agent-skew` wires pods on two",
    "chassis, one node of each kind. Both write what came out into `docs/reference/skew.json`, from which this table is made.",
    "[Versions](../versioning.md#which-versions-fit-together) says what is promised.",
    "",
    rows.length === 0
      ? "No result is stored yet."
      : table(["webhook", "controller", "agent", "shim", "what was done", "result", "day"], rows),
  ].join("\n");
}
