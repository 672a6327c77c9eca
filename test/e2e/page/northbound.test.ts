// The page, the command that serves it, and a real Northbound database.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { openBrowser } from "#test/stacks/page/open-browser.ts";
import { openPage } from "#test/stacks/page/watched-page.ts";
import { askRaw } from "#test/stacks/view/view-page.ts";
import { startView } from "#test/stacks/view/started-view.ts";
import { bundlePage } from "#tools/build/page-bundle.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import {
  browserPrograms,
  ensurePrograms,
  northboundPrograms,
  whyProgramsAreMissing,
} from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";

/** The page as docs/dependencies.md has it, with some room. */
const mostBytes = 112_640;
const programs = [...browserPrograms, ...northboundPrograms];

test("a network and its addresses appear on the page when the database has them", {
  skip: whyProgramsAreMissing(programs),
}, async (t) => {
  await ensurePrograms(programs);
  {
    // The command looks for the page where `npm run build` writes it.
    using _lock = await MachineLock.acquire(`bundle${root}`);
    await bundlePage(join(root, "dist/product/page"));
  }
  const endpoint = await northboundWithSamples(t);
  const served = await startView(t, ["--nb", endpoint, "--kubeconfig", "none"]);
  t.diagnostic(`the page is ${await sentBytes(served)} bytes as it is sent`);
  const browser = await openBrowser();
  t.after(() => browser.close());
  const [name = "", value = ""] = served.cookie.split("=");
  const url = `http://127.0.0.1:${served.port}/`;
  await using opened = await openPage(browser, url, "light", [{ name, value, url }]);
  const { page, faults } = opened;
  await page.getByText("shows everything and knows no rights").waitFor();
  await page.goto(`${url}#/networks`);
  const rows = page.locator("tbody tr");
  await rows.first().waitFor();
  const before = await rows.count();
  const subnet = "other_config:subnet=10.77.0.0/24";
  await nbctl(endpoint, "ls-add", "violet", "--", "set", "Logical_Switch", "violet", subnet);
  await page.getByRole("link", { name: "violet" }).click();
  await page.getByRole("gridcell", { name: "10.77.0.9, free" }).waitFor({ state: "attached" });
  const address = "02:00:00:00:00:01 10.77.0.9";
  await nbctl(endpoint, "lsp-add", "violet", "somebody", "--", "lsp-set-addresses", "somebody", address);
  await page.getByRole("gridcell", { name: /^10\.77\.0\.9, other/ }).waitFor({ state: "attached" });
  await nbctl(endpoint, "ls-del", "violet");
  await page.goto(`${url}#/networks`);
  await page.getByText(`${before} of ${before} networks`).waitFor();
  assert.deepEqual(faults, []);
});

/** The bytes of all that a browser loads before it asks for data. */
async function sentBytes({ port, cookie }: { readonly port: number; readonly cookie: string }): Promise<number> {
  let sum = 0;
  for (const path of ["/", "/page.js", "/layout.js", "/style.css"]) {
    const headers = { cookie, "accept-encoding": "gzip" };
    const answer = await askRaw(port, path, { headers });
    assert.deepEqual([answer.status, answer.headers["content-encoding"]], [200, "gzip"], path);
    sum += Number(answer.headers["content-length"]);
    const plain = await askRaw(port, path, { headers: { cookie } });
    assert.equal(plain.headers["content-encoding"], undefined);
  }
  assert.ok(sum < mostBytes, `${sum} bytes; docs/dependencies.md has the size of each package`);
  return sum;
}
