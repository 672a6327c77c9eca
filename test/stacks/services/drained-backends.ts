import assert from "node:assert/strict";
import { until } from "#test/assertions/until.ts";
import type { ConnectionReport } from "./connections.ts";
import type { ShopStack } from "./shop-stack.ts";

/**
 * Opens connections to a Service while its two backends are drained in turn, and asserts that none of them is lost. Gives who
 * answered how many, and how often a backend was drained meanwhile.
 */
export async function drainDuring(
  stack: ShopStack,
  from: "near" | "far" | "outside",
  to: string,
  count: number,
): Promise<{ readonly answered: ConnectionReport["answered"]; readonly drains: number }> {
  const state = { isRunning: true };
  const flood = stack.connect(from === "outside" ? from : stack[from], to, count).finally(() => {
    state.isRunning = false;
  });
  let drains = 0;
  do {
    const pod = `web-${drains % 2}`;
    await stack.sayReady(pod, "False");
    await until(async () => !(await stack.balancers()).includes(","));
    await stack.sayReady(pod, "True");
    await until(async () => (await stack.balancers()).includes(","));
    drains += 1;
  } while (state.isRunning);
  const { answered, failed, errors } = await flood;
  assert.equal(failed, 0, errors.join());
  await stack.datapath.settle();
  return { answered, drains };
}
