import assert from "node:assert/strict";
import { test } from "node:test";
import { preparePage, titleOf } from "#tools/site/site-page.ts";

const pages = new Set(["README.md", "docs/install.md", "docs/guides/README.md", "docs/guides/first-pod.md"]);
const prepare = (text: string, path = "docs/guides/first-pod.md") => preparePage(path, text, pages);

test("links to pages stay, with their anchors, and a folder leads to its page", () => {
  assert.equal(
    prepare("[a](../install.md#rights) [b](https://x.example/y) [c](#here)"),
    "[a](../install.md#rights) [b](https://x.example/y) [c](#here)",
  );
  assert.equal(prepare("[guides](docs/guides)", "README.md"), "[guides](docs/guides/README.md)");
});

test("a link to a file that is no page becomes text, and one to a page that is missing stays, so that it is found dead", () => {
  assert.equal(prepare("see [`alerts`](../../deploy/monitoring/alerts.yaml)."), "see `alerts`.");
  assert.equal(prepare("[gone](../gone.md)"), "[gone](../gone.md)");
});

test("code is left as it is", () => {
  const code = "```sh\n[x](../../deploy/x.yaml)\n```";
  assert.equal(prepare(code), code);
});

test("a page is called by its first heading", () => {
  assert.equal(titleOf("<!-- x -->\n# The `nfn` way\n\n# Two", "a.md"), "The nfn way");
  assert.equal(titleOf("no heading", "a.md"), "a.md");
});
