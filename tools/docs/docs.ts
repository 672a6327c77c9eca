// `npm run docs`: writes docs/reference from the tables in the code. With --check it only says which pages are stale.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pages } from "./doc-pages.ts";
import { printPage } from "./markdown.ts";
import { root } from "../source-files.ts";

const checkOnly = process.argv.includes("--check");
const folder = `${root}/docs/reference`;
mkdirSync(folder, { recursive: true });
const stale: string[] = [];
for (const page of pages) {
  const path = `${folder}/${page.name}.md`;
  const wanted = printPage(page);
  if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
  stale.push(`docs/reference/${page.name}.md`);
  if (!checkOnly) writeFileSync(path, wanted);
}
const strays = globSync("docs/reference/*.md", { cwd: root }).filter((path) => {
  return (
    readFileSync(`${root}/${path}`, "utf8").startsWith("<!-- Generated from") &&
    !pages.some(({ name }) => path.endsWith(`/${name}.md`))
  );
});
for (const path of stale) console.log(checkOnly ? `${path} is stale; run \`npm run docs\`` : `wrote ${path}`);
for (const path of strays) console.log(`${path} is generated from nothing any more; delete it`);
process.exit((checkOnly && stale.length > 0) || strays.length > 0 ? 1 : 0);
