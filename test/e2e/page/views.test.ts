// Opens each view of the page in a browser. The pictures of the documentation are those of a lab (test/soak/lab-pictures.test.ts).
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertAxeFindsNothing } from "#test/assertions/axe-finds-nothing.ts";
import { type PageStack, startPageStack } from "#test/stacks/page/page-stack.ts";
import { openPage, type Scheme } from "#test/stacks/page/watched-page.ts";
import { browserPrograms, ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

/** Each view with its address, and a text that is there when it is drawn. */
const views = [
  ["map", "#/map", ".box-floatingip text"],
  ["networks", "#/networks", "role=rowheader >> text=team-30"],
  ["network-grid", "#/networks/front", "role=gridcell[name=/10\\.1\\.0\\.200, other/]"],
  ["network-tree", "#/networks/storage", "role=gridcell[name=/fd00:7::1, router/]"],
  ["pods", "#/pods", "text=bank/api-00001"],
  ["pod", "#/pods/shop/web-00000", "text=CNI ADD on the node"],
  ["pod-refused", "#/pods/bank/api-00005", "text=vlan-20 has no free address."],
  ["nodes", "#/nodes", "text=unlike most nodes"],
  ["trace", "#/trace?from=shop/web-00000&to=bank/api-00001", "text=bank/closed"],
  ["activity", "#/activity", "text=refusals in the last hour"],
] as const;

describe("the page in a browser", { skip: whyProgramsAreMissing(browserPrograms) }, () => {
  let stack: PageStack;
  before(async () => {
    await ensurePrograms(browserPrograms);
    stack = await startPageStack(200);
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
  });

  for (const scheme of ["light", "dark"] as const satisfies readonly Scheme[]) {
    it(`shows each view in ${scheme}, and neither axe nor the policy of the server finds a fault`, async () => {
      await using opened = await openPage(stack.browser, stack.server.url, scheme);
      const { page, faults } = opened;
      for (const [name, address, sign] of views) {
        await page.goto(`${stack.server.url}${address}`);
        if (name === "trace") await page.getByRole("button", { name: "Trace" }).click();
        await page.locator(sign).first().waitFor();
        if (name === "network-grid") await page.getByRole("link", { name: "shop/closed" }).waitFor();
        if (name === "pod") {
          await page.getByText("203.0.113.5 to 10.1.0.7").waitFor();
          await page.getByText("and 4\u202f936 more").waitFor();
        }
        await assertAxeFindsNothing(page, `${name}, ${scheme}`);
      }
      assert.deepEqual(faults, []);
    });
  }

  it("opens groups of the map by the keyboard, and shows what is chosen and what it is connected to", async () => {
    await using opened = await openPage(stack.browser, stack.server.url);
    const { page } = opened;
    const table = page.getByRole("region", { name: "The map as a table" });
    await table.getByRole("button", { name: "34 networks" }).press("Enter");
    await table.getByRole("button", { name: "front", exact: true }).press("Enter");
    await page.getByRole("region", { name: "Selected" }).getByText("10.1.0.0/24").waitFor();
    assert.match(page.url(), /#\/map\?select=network%2Ffront$/);
    const row = table.getByRole("row").filter({ has: page.getByRole("button", { name: "front", exact: true }) });
    assert.match((await row.textContent()) ?? "", /edge/);
    await page.locator(".box-selected text", { hasText: "front" }).waitFor();
    await page.getByRole("searchbox").fill("nobody-is-called-so");
    await page.getByText(/^0 of \d+ objects$/).waitFor();
  });

  it("moves through the addresses of a network by the arrows and says who has each", async () => {
    await using opened = await openPage(stack.browser, `${stack.server.url}#/networks/front`);
    const { page } = opened;
    await page.getByRole("gridcell").first().focus();
    for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"])
      await page.keyboard.press(key);
    const focused = page.locator("[role=gridcell]:focus");
    assert.equal(await focused.getAttribute("aria-label"), "10.1.0.20, used, pod shop/web-00000");
    await page.locator(".segment").getByRole("link", { name: "pod shop/web-00000" }).click();
    await page.getByRole("heading", { name: "Pod shop/web-00000" }).waitFor();
    await page.locator("h1:focus").waitFor();
  });

  it("reads the address space of a /64 page by page and opens what is far apart on demand", async () => {
    await using opened = await openPage(stack.browser, `${stack.server.url}#/networks/storage`);
    const { page } = opened;
    await page.getByText("1.84 × 10¹⁹").first().waitFor();
    await page.locator("summary", { hasText: "fd00:7:0:0:8000::/120" }).first().click();
    await page.getByRole("gridcell", { name: /fd00:7::8000:0:0:1, held by a claim, claim shop\/db-0/ }).waitFor();
  });
});
