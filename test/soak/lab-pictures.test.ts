// Takes the pictures of docs/images: each view of the page, light and dark, of a lab with 200 pods. `npm run soak -- pictures` renews them.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { describeLab, namespacesOf } from "#lab/cluster/lab-state.ts";
import { labPlan } from "#lab/machine/lab-plan.ts";
import { bundlePage } from "#tools/build/page-bundle.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { browserPrograms, ensurePrograms } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";
import { assertAxeFindsNothing } from "#test/assertions/axe-finds-nothing.ts";
import { LabStack } from "#test/stacks/lab/lab-stack.ts";
import { openBrowser } from "#test/stacks/page/open-browser.ts";
import { openPage, type Scheme } from "#test/stacks/page/watched-page.ts";
import { picturedLab, pods } from "./pictured-lab.ts";

/** All pictures together. */
const mostBytes = 2_097_152;

/** Each view with its address, and a text that is there when it is drawn. */
const views = [
  ["map", "#/map", "role=button[name=/[0-9]+ networks/]"],
  ["network-grid", "#/networks/front", "role=gridcell[name=/used, pod shop/] >> nth=0"],
  ["network-tree", "#/networks/storage", "role=gridcell >> nth=0"],
  ["pods", "#/pods", "role=link[name=/bank.api/] >> nth=0"],
  ["pod", "#/pods/shop/db-0", "text=CNI ADD on the node"],
  ["nodes", "#/nodes", "text=eth2 >> nth=0"],
  ["trace", "#/trace?from=shop/client&to=shop/server", ".path li >> nth=0"],
  ["activity", "#/activity", "text=/refusals? in the last hour/"],
] as const;

describe("the pictures of the page", { skip: whyLabCannotRun() }, () => {
  let stack: LabStack;
  let browser: Browser;
  let view: ManagedProcess;
  const folder = createTemporaryFolder("pictures");
  before(async () => {
    await ensurePrograms(browserPrograms);
    {
      using _lock = await MachineLock.acquire(`bundle${root}`);
      await bundlePage(join(root, "dist/product/page"));
    }
    stack = await LabStack.start();
    const state = describeLab(stack.lab);
    const { net } = namespacesOf(state, "cp");
    const { northbound: nb, southbound: sb } = labPlan;
    // It begins before the pods, so that it sees all of their steps.
    view = await ManagedProcess.start({
      name: "view",
      command: process.execPath,
      args: [join(root, "src/main.ts"), "view", "--nb", nb, "--sb", sb, "--kubeconfig", state.kubeconfig],
      logFile: join(folder.path, "view.log"),
      namespaces: { net },
      ready: untilLine(/token=/),
    });
    const chromium = join(folder.path, "chromium");
    writeFileSync(chromium, `#!/bin/sh\nexec nsenter --net=${net} -- chromium "$@"\n`, { mode: 0o755 });
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser.close();
    await view.stop();
    await stack[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it("show a lab with 200 pods, a chain, a provider network, a tap, a Service and claims", async (t) => {
    await picturedLab(stack);
    const [link = ""] = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(readFileSync(view.spec.logFile, "utf8")) ?? [];
    const origin = new URL(link).origin;
    const first = await openPage(browser, link);
    const cookies = await first.page.context().cookies();
    const own = cookies.map(({ name, value }) => ({ name, value, url: `${origin}/` }));
    let bytes = 0;
    for (const scheme of ["light", "dark"] as const satisfies readonly Scheme[]) {
      await using opened = await openPage(browser, `${origin}/`, scheme, own);
      const { page, faults } = opened;
      for (const [name, address, sign] of views) {
        await page.goto(`${origin}/${address}`);
        if (name === "trace") await page.getByRole("button", { name: "Trace" }).click();
        await page.locator(sign).first().waitFor();
        if (name === "pods") await page.getByText(new RegExp(`^${pods} of ${pods} pods`)).waitFor();
        await assertAxeFindsNothing(page, `${name}, ${scheme}`);
        const path = join(root, `docs/images/view-${name}-${scheme}.png`);
        await page.screenshot({ path, animations: "disabled" });
        bytes += statSync(path).size;
      }
      assert.deepEqual(faults, []);
    }
    await first[Symbol.asyncDispose]();
    t.diagnostic(`${views.length * 2} pictures of ${pods} pods, ${bytes} bytes`);
    assert.ok(bytes < mostBytes, `${bytes} bytes`);
  });
});
