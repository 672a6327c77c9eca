import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "#tools/source-files.ts";
import { type GuidePage, parseGuidePage } from "./guide-page.ts";

const folder = "docs/guides";

/** Every guide there is, by name. Throws `GuideFault` for the first page that is not well-formed. */
export function readGuidePages(): readonly GuidePage[] {
  return globSync(`${folder}/*.md`, { cwd: root })
    .filter((path) => basename(path) !== "README.md")
    .sort()
    .map((path) => parseGuidePage(basename(path, ".md"), path, readFileSync(join(root, path), "utf8")));
}
