// The documentation as a site: every page is there, nothing of it is asked for elsewhere, and a dead link is a fault.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildSite, sitePages } from "#tools/site/build-site.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { root } from "#tools/source-files.ts";

test("each page is in the site and in its search, and no script, style, font or image comes from elsewhere", async () => {
  using folder = createTemporaryFolder("site");
  const out = join(folder.path, "site");
  await buildSite(out);
  const pages = sitePages(root);
  assert.ok(pages.length > 60);
  for (const page of pages) {
    const html = page === "README.md" ? "index.html" : page.replace(/\.md$/, ".html");
    assert.ok(existsSync(join(out, html)), page);
  }
  const html = globSync("**/*.html", { cwd: out }).map((path) => readFileSync(join(out, path), "utf8"));
  const loaded = html.flatMap((text) => [
    ...text.matchAll(/<(?:script|link|img|iframe)\b[^>]*(?:src|href)="([^"]*)"/g),
  ]);
  assert.ok(loaded.length > 100);
  const elsewhere = loaded.map(([, target = ""]) => target).filter((target) => /^(?:[a-z]+:)?\/\//.test(target));
  assert.deepEqual(elsewhere, []);
  for (const path of globSync("assets/**/*.css", { cwd: out })) {
    assert.doesNotMatch(readFileSync(join(out, path), "utf8"), /(?:url\(|@import)\s*["']?(?:https?:)?\/\//, path);
  }
  const [index = ""] = globSync("assets/chunks/@localSearchIndex*.js", { cwd: out });
  assert.match(readFileSync(join(out, index), "utf8"), /docs\/guides\/first-pod/);
});

test("a link that leads nowhere ends the build", async () => {
  using folder = createTemporaryFolder("site");
  writeFileSync(join(folder.path, "README.md"), "# One\n\n[gone](gone.md)\n");
  await assert.rejects(buildSite(join(folder.path, "site"), folder.path), /dead link/);
});
