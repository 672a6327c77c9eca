// `npm run site [folder]`: builds the documentation into static files with a search that works offline. VitePress and its packages
// are apart from those of the project, and come with the first run.
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { mustRun } from "../process/command.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { stderrProgress } from "../process/progress.ts";
import { root } from "../source-files.ts";
import { preparePage, titleOf } from "./site-page.ts";

const here = join(root, "tools/site");
const timeoutMs = 10 * 60_000;

/** Builds the site of these pages, which are paths below `from`, into a folder. Throws `CommandFailed` for a dead link. */
export async function buildSite(folder: string, from = root, pages = sitePages(from)): Promise<void> {
  using _lock = await MachineLock.acquire(`site${here}`);
  const progress = stderrProgress();
  if (!existsSync(join(here, "node_modules/.package-lock.json"))) {
    await progress.during("installing the packages of the site", () =>
      mustRun("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: here, timeoutMs }),
    );
  }
  const stage = join(here, "dist/pages");
  rmSync(stage, { recursive: true, force: true });
  const known = new Set(pages);
  const texts = pages.map((path) => ({ path, text: readFileSync(join(from, path), "utf8") }));
  for (const { path, text } of texts) {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    writeFileSync(join(stage, path), preparePage(path, text, known));
  }
  for (const path of globSync("docs/images/*", { cwd: from })) cpSync(join(from, path), join(stage, path));
  const settings = join(stage, ".vitepress");
  mkdirSync(settings, { recursive: true });
  cpSync(join(here, "config.mjs"), join(settings, "config.mjs"));
  cpSync(join(here, "diagram-theme.mjs"), join(settings, "theme/index.mjs"));
  writeFileSync(
    join(settings, "pages.json"),
    JSON.stringify({ pages: texts.map(({ path, text }) => ({ path, title: titleOf(text, path) })) }),
  );
  const vitepress = join(here, "node_modules/vitepress/bin/vitepress.js");
  await progress.during("building the site", () =>
    mustRun(process.execPath, [vitepress, "build", stage, "--outDir", folder], { cwd: here, timeoutMs }),
  );
}

/** The pages for readers: those of docs/, and the ones at the top of the repository. */
export function sitePages(from: string): readonly string[] {
  return globSync(["*.md", "docs/**/*.md"], { cwd: from }).sort();
}

if (import.meta.main) {
  const folder = resolve(process.env["INIT_CWD"] ?? root, process.argv[2] ?? join(root, "dist/site"));
  await buildSite(folder);
  process.stdout.write(`${folder}/index.html\n`);
}
