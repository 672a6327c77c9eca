// The page of `ovn4nfv view` in a browser says of pods on real nodes what Northbound database, Kubernetes and nodes hold.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "#src/core/clock.ts";
import { whyLabCannotRun } from "#lab/cluster/lab.ts";
import { LabPage } from "#test/stacks/lab/lab-page.ts";
import { labPod, type LabStack } from "#test/stacks/lab/lab-stack.ts";
import { sharedLab } from "#test/stacks/lab/shared-lab.ts";
import type { WatchedPage } from "#test/stacks/page/watched-page.ts";
import { browserPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";

const names = ["seen-1", "seen-2"] as const;
/** More than one, because a busy machine holds up the browser now and then. */
const later = Array.from({ length: 8 }, (_, n) => `late-${n + 1}`);
const mostMs = 1_000;

describe("the page of a lab", { skip: whyLabCannotRun() || whyProgramsAreMissing(browserPrograms) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: LabStack;
  let shown: WatchedPage;
  let origin: string;
  before(async () => {
    stack = await sharedLab();
    const page = owned.use(await LabPage.start(stack));
    origin = page.origin;
    shown = owned.use(await page.open());
    await stack.apply(
      ...names.map((name, index) => labPod(name, { interfaces: [{ name: "dual" }], node: `n${index + 1}` })),
    );
    await stack.ready(...names);
  });
  after(async () => {
    await owned.disposeAsync();
    await stack.remove(...names, ...later);
    await stack.assertSettled();
  });

  it("has each pod with its node and the addresses that are in the Northbound database", async () => {
    const { page } = shown;
    await page.goto(`${origin}/#/pods`);
    for (const name of names) {
      const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: `default/${name}` }) });
      await row.getByText("bound").first().waitFor();
      const text = (await row.textContent()) ?? "";
      const { spec } = await stack.pod(name);
      assert.ok(text.includes(spec.nodeName ?? "?"), text);
      for (const { port, ip_address } of await stack.result(name)) {
        const held = await stack.lab.central.nbctl(
          "--bare",
          "--columns=addresses",
          "find",
          "Logical_Switch_Port",
          `name=${port}`,
        );
        const addresses = held.trim().split(/\s+/).slice(1);
        assert.deepEqual(
          ip_address.map((one) => one.replace(/\/.*/, "")),
          addresses,
        );
        for (const address of addresses) assert.ok(text.includes(address), `${text} lacks ${address}`);
      }
    }
  });

  it("tells the way of a pod up to the flows that its node has installed", async () => {
    const { page } = shown;
    await page.goto(`${origin}/#/pods/default/${names[0]}`);
    const steps = page.locator(".step");
    await page.locator(".step-done", { hasText: "Flows installed" }).waitFor();
    assert.equal(await steps.count(), await page.locator(".step-done").count(), "each step is done");
    const [{ port } = { port: "" }] = await stack.result(names[0]);
    const up = await stack.lab.central.nbctl("--bare", "--columns=up", "find", "Logical_Switch_Port", `name=${port}`);
    assert.equal(up.trim(), "true");
  });

  it("has each node with the agent that Kubernetes knows", async () => {
    const { page } = shown;
    await page.goto(`${origin}/#/nodes`);
    const { items } = JSON.parse(await stack.kubectl("get", "ovnnodes", "-o=json")) as {
      readonly items: readonly { readonly metadata: { readonly name: string }; readonly status: Status }[];
    };
    assert.equal(items.length, 2);
    for (const { metadata, status } of items) {
      const card = page.getByRole("region", { name: `Node ${metadata.name}` });
      await card.waitFor();
      const text = (await card.textContent()) ?? "";
      for (const said of [status.agentVersion, status.systemId])
        assert.ok(text.includes(said), `${text} lacks ${said}`);
    }
  });

  it("shows a change within a second", async (t) => {
    const { page, faults } = shown;
    await page.goto(`${origin}/#/pods`);
    const times: number[] = [];
    for (const name of later) {
      let seenMs = 0;
      const link = page.getByRole("link", { name: `default/${name}` });
      const seen = link.waitFor().then(() => {
        seenMs = systemClock.monotonicMs();
      });
      await stack.apply(labPod(name, { interfaces: [{ name: "plain" }] }));
      const storedMs = systemClock.monotonicMs();
      await seen;
      times.push(Math.max(0, seenMs - storedMs));
      if (Math.min(...times) < mostMs) break;
    }
    t.diagnostic(`${times.map((ms) => Math.round(ms)).join(", ")} ms after kubectl said that the pod is stored`);
    assert.ok(Math.min(...times) < mostMs);
    assert.deepEqual(faults, []);
  });
});

interface Status {
  readonly agentVersion: string;
  readonly systemId: string;
}
