// The page keeps up with the server, whatever comes from it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { shopItems, shopPod } from "#test/fixtures/view/shop-items.ts";
import { someNetwork, someRouter } from "#test/fixtures/view/some-items.ts";
import { type PageStack, startPageStack } from "#test/stacks/page/page-stack.ts";
import { openPage } from "#test/stacks/page/watched-page.ts";
import { browserPrograms, ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const at = "2026-11-29T12:00:01Z";
const hostile = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>\u202e&amp;{{7*7}}`;

describe("the live page", { skip: whyProgramsAreMissing(browserPrograms) }, () => {
  let stack: PageStack;
  before(async () => {
    await ensurePrograms(browserPrograms);
    stack = await startPageStack(0);
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
  });

  it("shows what comes and no longer what is gone", async () => {
    await using opened = await openPage(stack.browser, `${stack.server.url}#/pods`);
    const { page } = opened;
    await page.getByText("0 of 0 pods").waitFor();
    stack.server.tell("change", { at, items: [shopPod(1), shopPod(2)], gone: [] });
    await page.getByRole("link", { name: "bank/api-00001" }).waitFor();
    stack.server.tell("change", { at, items: [{ ...shopPod(2), state: "orphan" }], gone: [shopPod(1).key] });
    await page.getByText("orphan").waitFor();
    assert.equal(await page.getByRole("link", { name: "bank/api-00001" }).count(), 0);
  });

  it("says that it is old when the server is, connects again by itself, and says when its session has ended", async () => {
    const { server } = stack;
    await using opened = await openPage(stack.browser, `${server.url}#/pods`);
    const { page } = opened;
    await page.getByText("Live", { exact: true }).waitFor();
    server.tell("state", { at, live: false, why: "NB is away for a while" });
    await page.getByText("NB is away for a while").waitFor();
    server.items = [shopPod(7)];
    server.cut();
    await page.getByRole("link", { name: "lab/cache-00007" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    server.refuses = true;
    server.cut();
    await page.getByText("The session has ended.").waitFor();
    server.refuses = false;
  });

  it("shows hostile names and messages as text", async () => {
    const { server } = stack;
    server.items = [
      ...shopItems(1),
      someNetwork(hostile, {
        ready: "no",
        message: hostile,
        reason: hostile,
        allowedNamespaces: [hostile],
        routers: [`router/${hostile}`],
      }),
      { ...shopPod(3), name: hostile, key: `pod/lab/${hostile}`, message: hostile },
    ];
    await using opened = await openPage(stack.browser, `${server.url}#/networks`);
    const { page, faults } = opened;
    for (const view of ["networks", "pods", "map", `networks/${encodeURIComponent(hostile)}`]) {
      await page.goto(`${server.url}#/${view}`);
      await page.getByText("Live", { exact: true }).waitFor();
      await page.locator("main").getByText("onerror=").first().waitFor({ state: "attached" });
    }
    await page.goto(`${server.url}#/trace?from=${encodeURIComponent(hostile)}`);
    assert.equal(await page.getByLabel("From").inputValue(), hostile);
    assert.equal(await page.evaluate("window.broken"), undefined);
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.deepEqual(faults, []);
  });

  it("keeps the part of the map that somebody looks at while the network grows", async () => {
    const { server } = stack;
    server.items = shopItems(1);
    await using opened = await openPage(stack.browser, `${server.url}#/map`);
    const { page } = opened;
    const seen = (): Promise<string | null> => page.locator(".map-picture svg > g").getAttribute("transform");
    const grow = async (name: string): Promise<void> => {
      server.tell("change", { at, items: [someRouter(name)], gone: [] });
      await page.locator(".map-picture .box text", { hasText: name }).waitFor();
    };
    await page.locator(".map-picture .box").first().waitFor();
    await page.getByRole("button", { name: "Zoom in" }).click();
    const chosen = await seen();
    await grow("another-router");
    assert.equal(await seen(), chosen);
    await page.getByRole("button", { name: "Fit" }).click();
    const fitted = await seen();
    assert.notEqual(fitted, chosen);
    for (let n = 0; n < 4; n += 1) await grow(`further-${n}`);
    assert.notEqual(await seen(), fitted);
  });

  it("opens with 10,000 pods, scrolls to the last of them, and finds one", async (t) => {
    const { server } = stack;
    server.items = shopItems(10_000);
    await using opened = await openPage(stack.browser, "about:blank");
    const { page } = opened;
    await page.addInitScript(`
      window.longTasks = [];
      new PerformanceObserver((list) => {
        for (const { duration, startTime } of list.getEntries()) window.longTasks.push([startTime, duration]);
      }).observe({ entryTypes: ["longtask"] });
    `);
    await page.goto(`${server.url}#/pods`);
    await page.getByText("10000 of 10\u202f000 pods").waitFor();
    const openMs = await page.evaluate<number>("performance.now()");
    const opening = await page.evaluate<number>("Math.max(0, ...window.longTasks.map(([, ms]) => ms))");
    const list = page.getByRole("rowgroup", { name: "Rows of pods" });
    await page.evaluate("window.longTasks.length = 0");
    await list.hover();
    for (let turn = 0; turn < 40; turn += 1) await page.mouse.wheel(0, 2_000);
    const scrolling = await page.evaluate<number>("Math.max(0, ...window.longTasks.map(([, ms]) => ms))");
    t.diagnostic(`10,000 pods: open after ${openMs.toFixed(0)} ms, longest task ${opening.toFixed(0)} ms`);
    t.diagnostic(`scrolling: longest task ${scrolling.toFixed(0)} ms (0: none was over 50)`);
    await list.press("End");
    await page.getByRole("row").filter({ hasText: "shop/web-09996" }).waitFor();
    assert.ok((await page.getByRole("row").count()) < 120, "only rows in sight are in the document");
    await page.getByRole("searchbox").fill("api-07501");
    await page.getByText("1 of 10\u202f000 pods").waitFor();
  });
});
