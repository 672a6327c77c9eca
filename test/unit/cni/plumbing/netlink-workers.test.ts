import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isUnfinished, NetlinkWorkers } from "#cni/plumbing/netlink-workers.ts";
import { mustRun } from "#tools/process/command.ts";

const { signal } = new AbortController();
/** Speaks like ovn4nfv-netlink: prints the words of a batch, or does what the first word says. */
const script = `
while read -r verb words; do
  case "$verb" in
    "") echo ok ;;
    fail) while read -r rest && [ -n "$rest" ]; do :; done; echo "failed $words" ;;
    stick) exec sleep "$words" ;;
    wait) sleep "$words" ;;
    pid) echo $$ ;;
    end) exit 3 ;;
    *) echo "$verb $words" ;;
  esac
done`;
const workers: NetlinkWorkers[] = [];
const worker = (graceMs?: number) => {
  const made = new NetlinkWorkers(["sh", "-c", script], graceMs);
  workers.push(made);
  return made;
};
after(() => {
  for (const one of workers) one.close();
});

test("the output of a batch comes back, from one process when batches follow each other, from at most four at once", async () => {
  const { run } = worker();
  assert.deepEqual(await run(["link lo", "ok then"], { signal }), ["link lo", "ok then"]);
  const pidOf = () => run(["wait 0.02", "pid"], { signal });
  assert.deepEqual(await pidOf(), await pidOf());
  const together = await Promise.all(Array.from({ length: 9 }, pidOf));
  assert.equal(new Set(together.flat()).size, 4);
});

test("the command that failed is quoted with what the kernel says, and the next batch is served", async () => {
  const { run } = worker();
  await assert.rejects(run(["fail 2 File exists", "pair a b"], { signal }), {
    code: "CommandFailed",
    message: "File exists (pair a b)",
    details: { command: "pair a b", why: "File exists" },
  });
  assert.deepEqual(await run(["well done"], { signal }), ["well done"]);
});

test("a network namespace that is none is the runtime's fault", async () => {
  const { run } = worker();
  const batch = ["netns /run/netns/a", "fail 1 No such file or directory"];
  await assert.rejects(run(batch, { signal }), {
    code: "NetnsInvalid",
    message: "CNI_NETNS /run/netns/a: No such file or directory",
  });
});

test("an abort stops batches that wait for their turn, and lets those that were begun run to their end", async () => {
  const { run } = worker(4_000);
  const controller = new AbortController();
  const runBatch = () => run(["wait 0.01", "well done"], { signal: controller.signal });
  const begun = Array.from({ length: 4 }, runBatch);
  const waiting = runBatch();
  setImmediate(() => {
    controller.abort();
  });
  await assert.rejects(waiting, { code: "Aborted" });
  for (const one of begun) assert.deepEqual(await one, ["well done"]);
  assert.deepEqual(
    await run(["wait 4.1", "well done"], { signal }),
    ["well done"],
    "nobody is killed for the time that an earlier batch had",
  );
});

test("a batch that waits for its turn does not wait on after an abort, and takes nobody else's turn", async () => {
  const { run } = worker();
  const controller = new AbortController();
  const ended: string[] = [];
  const begun = Array.from({ length: 4 }, async () => {
    await run(["wait 0.1"], { signal });
    ended.push("begun");
  });
  const aborted = run(["pid"], { signal: controller.signal }).catch(() => ended.push("aborted"));
  const next = run(["well done"], { signal });
  controller.abort();
  await Promise.all([aborted, ...begun]);
  assert.deepEqual(ended, ["aborted", ...Array.from({ length: 4 }, () => "begun")]);
  assert.deepEqual(await next, ["well done"]);
  await assert.rejects(run(["pid"], { signal: AbortSignal.abort() }), { code: "Aborted" });
});

test("a batch that does not end in time after an abort ends with its process, and the next has another", async () => {
  const { run } = worker(20);
  const controller = new AbortController();
  const stuck = run(["stick 5"], { signal: controller.signal });
  setImmediate(() => {
    controller.abort();
  });
  await assert.rejects(stuck, { code: "Aborted", message: /did not end in time/ });
  assert.ok(isUnfinished(await stuck.catch((error: unknown) => error)));
  assert.deepEqual(await run(["well done"], { signal }), ["well done"]);
});

test("a process that ends is an error of its batch only", async () => {
  const { run } = worker();
  const ended = run(["end now"], { signal });
  await assert.rejects(ended, { code: "CommandFailed", message: /sh has ended/ });
  assert.ok(isUnfinished(await ended.catch((error: unknown) => error)));
  assert.deepEqual(await run(["well done"], { signal }), ["well done"]);
});

test("without file descriptors for a process a batch is not begun, and that is its error, not the agent's end", async () => {
  const url = new URL("../../../../cni/plumbing/netlink-workers.ts", import.meta.url).href;
  const code = `
    import { openSync } from "node:fs";
    import { isUnfinished, NetlinkWorkers } from ${JSON.stringify(url)};
    const { run } = new NetlinkWorkers(["sh"]);
    try { for (;;) openSync("/dev/null"); } catch {}
    run(["show"], { signal: new AbortController().signal }).catch((error) => {
      process.stdout.write(error.code + " " + error.message + " " + isUnfinished(error));
    });`;
  const limited = ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", code];
  assert.equal(await mustRun("sh", limited), "CommandFailed cannot run sh: spawn sh EMFILE false");
});

test("a program that does not exist is an error at the start", async () => {
  const missing = new NetlinkWorkers(["/nowhere/ovn4nfv-netlink"]);
  await assert.rejects(missing.start(), { code: "ConfigInvalid", message: /\/nowhere\/ovn4nfv-netlink/ });
  await worker().start();
});
