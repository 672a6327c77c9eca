// Takes the pictures of docs/images: each view of the page, light and dark, of a lab with 200 pods. `npm run soak -- pictures` renews them.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { root } from "#tools/source-files.ts";
import { assertAxeFindsNothing } from "#test/assertions/axe-finds-nothing.ts";
import { LabPage } from "#test/stacks/lab/lab-page.ts";
import { LabStack } from "#test/stacks/lab/lab-stack.ts";
import type { Scheme } from "#test/stacks/page/watched-page.ts";
import { picturedLab, pods } from "./pictured-lab.ts";

/** All pictures together. */
const mostBytes = 2_097_152;

/** Each view with its address, and a text that is there when it is drawn. */
const views = [
  ["map", "#/map", "role=button[name=/[0-9]+ networks/]"],
  ["networks", "#/networks", "role=rowheader >> text=team-12"],
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
  let shown: LabPage;
  before(async () => {
    stack = await LabStack.start();
    // It begins before the pods, so that it sees all of their steps.
    shown = await LabPage.start(stack);
  });
  after(async () => {
    await shown[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
  });

  it("show a lab with 200 pods, a chain, a provider network, a tap, a Service and claims", async (t) => {
    await picturedLab(stack);
    const { origin } = shown;
    let bytes = 0;
    for (const scheme of ["light", "dark"] as const satisfies readonly Scheme[]) {
      await using opened = await shown.open(scheme);
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
    t.diagnostic(`${views.length * 2} pictures of ${pods} pods, ${bytes} bytes`);
    assert.ok(bytes < mostBytes, `${bytes} bytes`);
  });
});
