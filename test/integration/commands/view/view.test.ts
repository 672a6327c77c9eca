// `ovn4nfv view` on a real Northbound database: what the page is told is what the database has, and a change comes by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "#src/view/contract/activity.ts";
import type { NetworkSpace } from "#src/view/contract/network-space.ts";
import type { ViewError } from "#src/view/contract/view-event.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { startView } from "#test/stacks/view/started-view.ts";
import { openLiveEvents } from "#test/stacks/view/live-events.ts";

test("the page is told what the database has, and of each change", async (t) => {
  const endpoint = await northboundWithSamples(t);
  const page = await startView(t, ["--nb", endpoint, "--kubeconfig", "none"]);
  await using events = await openLiveEvents(page.port, page.cookie);
  const { snapshot } = events;
  assert.deepEqual([snapshot.source, snapshot.sees], ["northbound", "everything"]);
  const listed = JSON.parse(
    (await runCommandLine(["networks", "--nb", endpoint, "--kubeconfig", "none", "-o", "json"])).stdout,
  ) as { name: string; subnets: { cidr: string; free: string }[] }[];
  const shown = [...events.items.values()].flatMap((one) => (one.kind === "network" ? [one] : []));
  assert.ok(listed.length >= 2);
  assert.deepEqual(
    shown.map(({ name, usage }) => [name, usage.filter(({ pool }) => pool === undefined).map((one) => one.of)]).sort(),
    listed.map(({ name, subnets }) => [name, subnets.map(({ cidr }) => cidr)]).sort(),
  );
  await nbctl(
    endpoint,
    "ls-add",
    "violet",
    "--",
    "set",
    "Logical_Switch",
    "violet",
    "other_config:subnet=10.77.0.0/24",
  );
  await events.until(() => events.items.has("network/violet"));
  await nbctl(
    endpoint,
    "lsp-add",
    "violet",
    "somebody",
    "--",
    "lsp-set-addresses",
    "somebody",
    "02:00:00:00:00:01 10.77.0.9",
  );
  await events.until(() => {
    const network = events.items.get("network/violet");
    return network?.kind === "network" && network.usage[0]?.used === "1";
  });
  const space = await page.ask<NetworkSpace>("/api/networks/violet");
  assert.deepEqual(
    space.subnets[0]?.segments.map(({ from, state, who }) => [from, state, who]),
    [
      ["10.77.0.0", "excluded", undefined],
      ["10.77.0.2", "free", undefined],
      ["10.77.0.9", "other", "foreign port somebody"],
      ["10.77.0.10", "free", undefined],
      ["10.77.0.255", "excluded", undefined],
    ],
  );
  const activity = await page.ask<Activity>("/api/activity");
  assert.equal(activity.minutes.length, 60);
  assert.match(activity.countedFrom, /no cluster is read/);
  assert.equal((await page.ask<ViewError>("/api/pods/shop/nobody")).code, "NotFound");
  assert.match((await page.ask<ViewError>("/api/trace?from=a&to=b")).message, /no Southbound database is named/);
  await nbctl(endpoint, "ls-del", "violet");
  await events.until(() => !events.items.has("network/violet"));
});

test("without a database and without a cluster it says what to name", async () => {
  const { status, stderr } = await runCommandLine(["view", "--nb", "", "--kubeconfig", "none"]);
  assert.equal(status, 2);
  assert.match(stderr, /name it with --nb/);
});

test("a page that several log in to does not read the database, which knows no rights", async () => {
  const { status, stderr } = await runCommandLine(["view", "--page-hosts", "localhost:1", "--nb", "tcp:192.0.2.1:1"]);
  assert.equal(status, 2);
  assert.match(stderr, /--page-hosts and --nb exclude each other/);
});

test("an interrupt ends it, also while a page is open", async (t) => {
  const endpoint = await northboundWithSamples(t);
  const page = await startView(t, ["--nb", endpoint, "--kubeconfig", "none"]);
  await using events = await openLiveEvents(page.port, page.cookie);
  assert.ok(events.items.size > 0);
  page.stop();
  assert.equal(await page.ended, 0);
});
