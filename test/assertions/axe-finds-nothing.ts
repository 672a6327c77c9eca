import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  readonly passes: readonly unknown[];
}

/** Fails with what people with a keyboard or a screen reader cannot use on the page as it is now. */
export async function assertAxeFindsNothing(page: Page, what: string): Promise<void> {
  // The policy of the server lets no script in, but what the debugger runs is none.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  const told = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html).join("\n  ")}`,
  );
  assert.equal(told.join("\n"), "", what);
  assert.ok(passes.length > 10, `${what}: axe looked at nothing`);
}
