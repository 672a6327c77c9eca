// `ovn4nfv view` on a real Northbound database: what the page is told is what the database has, and a change comes by itself.
import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { commandTable } from "#src/commands/command-table.ts";
import { runProgram } from "#src/commands/program.ts";
import { systemClock } from "#src/core/clock.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { northboundWithSamples } from "#test/stacks/commands/northbound-with-samples.ts";
import { runCommandLine } from "#test/stacks/commands/run-command.ts";
import { askRaw } from "#test/stacks/view/view-page.ts";
import { openLiveEvents } from "#test/stacks/view/live-events.ts";

/** Starts the subcommand; resolves with its port, the cookie of its page, and the way to end it. */
async function startView(t: TestContext, args: readonly string[]) {
  const stop = new AbortController();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const ended = runProgram(["view", ...args], commandTable, {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    signal: stop.signal,
    clock: systemClock,
    nodeVersion: process.version,
  });
  t.after(() => {
    stop.abort();
    return ended;
  });
  const said = await Promise.race([
    new Promise<string>((resolve) => stdout.once("data", (chunk: Buffer) => resolve(String(chunk)))),
    ended.then((status) => assert.fail(`ended with ${status}: ${String(stderr.read())}`)),
  ]);
  const [, port = "", link = ""] = /http:\/\/127\.0\.0\.1:(\d+)(\/\?token=\S+)/.exec(said) ?? [];
  const { headers } = await askRaw(Number(port), link);
  const cookie = String(headers["set-cookie"]).split(";")[0] ?? "";
  return { port: Number(port), cookie, said, stop: () => stop.abort(), ended };
}

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
  await nbctl(endpoint, "ls-del", "violet");
  await events.until(() => !events.items.has("network/violet"));
});

test("without a database and without a cluster it says what to name", async () => {
  const { status, stderr } = await runCommandLine(["view", "--nb", "", "--kubeconfig", "none"]);
  assert.equal(status, 2);
  assert.match(stderr, /name it with --nb/);
});

test("an interrupt ends it, also while a page is open", async (t) => {
  const endpoint = await northboundWithSamples(t);
  const page = await startView(t, ["--nb", endpoint, "--kubeconfig", "none"]);
  await using events = await openLiveEvents(page.port, page.cookie);
  assert.ok(events.items.size > 0);
  page.stop();
  assert.equal(await page.ended, 0);
});
