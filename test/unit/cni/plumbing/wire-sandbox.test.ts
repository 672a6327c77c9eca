import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunNetlink } from "#cni/plumbing/netlink-workers.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { readLinks, readNetworkState, wireSandbox } from "#cni/plumbing/wire-sandbox.ts";
import { AppError } from "#src/core/errors.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const interfaces = podInterfaces("sandbox", sampleResults, 1400);
const unpair = ["unpair", ...interfaces.map(({ hostName }) => hostName)].join(" ");
const settings = { bypassCidrs: [], inUserSpace: false };

/** Wires with a program that gives this answer to the batch with pairs. Resolves with the commands of later batches. */
async function commandsAfter(answer: (abort: () => void) => readonly string[]): Promise<readonly string[]> {
  const controller = new AbortController();
  const commands: string[] = [];
  let isAnswered = false;
  const run: RunNetlink = async (lines) => {
    if (isAnswered) commands.push(...lines);
    if (isAnswered || lines.at(-1) === "show") return [];
    isAnswered = true;
    return answer(() => {
      controller.abort();
    });
  };
  const wired = wireSandbox({ netns: "/run/netns/pod", interfaces }, settings, controller.signal, run);
  await wired.catch((error: unknown) => commands.push(error instanceof AppError ? error.code : "?"));
  return commands;
}

const failed = (details: Record<string, unknown>) => new AppError("CommandFailed", "failed", { details });

test("a path that cannot be part of a command is the runtime's fault", async () => {
  const { signal } = new AbortController();
  const never: RunNetlink = () => assert.fail("no command is given");
  await assert.rejects(readNetworkState("/run/my netns", signal, never), {
    code: "NetnsInvalid",
    message: /"\/run\/my netns"/,
  });
});

test("who asks for links gets no routes, of which a pod may have any number", async () => {
  const batches: (readonly string[])[] = [];
  const run: RunNetlink = async (lines) => {
    batches.push(lines);
    return ["link net1 - 1400 up 2 - carrier - -"];
  };
  const { signal } = new AbortController();
  assert.deepEqual(
    (await readLinks("/run/netns/pod", signal, run)).links.map(({ name }) => name),
    ["net1"],
  );
  await readLinks(undefined, signal, run);
  assert.deepEqual(batches, [["netns /run/netns/pod", "show links"], ["show links"]]);
});

test("nothing follows a batch that came to its end", async () => {
  assert.deepEqual(await commandsAfter(() => []), []);
});

test("pairs that a program may have made before it died are removed", async () => {
  const commands = await commandsAfter(() => {
    throw failed({ isUnfinished: true });
  });
  assert.deepEqual(commands, [unpair, "CommandFailed"]);
});

test("when a command failed the program has removed what it made, and what was there before stays", async () => {
  const commands = await commandsAfter(() => {
    throw failed({});
  });
  assert.deepEqual(commands, ["CommandFailed"]);
});

test("the kernel's words stay when the namespace is gone before it is read for the route in the way", async () => {
  const details = { command: "route-add 10.244.0.0/16 254 0 net1 10.1.0.1", why: "File exists" };
  let batches = 0;
  const run: RunNetlink = () => {
    batches += 1;
    const gone = new AppError("NetnsInvalid", "gone");
    return Promise.reject(batches === 1 ? new AppError("CommandFailed", "File exists", { details }) : gone);
  };
  const own = interfaces.map((one) => ({ ...one, defaultGateways: [] }));
  const { signal } = new AbortController();
  const wired = wireSandbox({ netns: "/run/netns/pod", interfaces: own }, settings, signal, run);
  await assert.rejects(wired, { code: "CommandFailed" });
  assert.equal(batches, 2);
});

test("pairs that came to be after an abort are removed", async () => {
  const commands = await commandsAfter((abort) => {
    abort();
    return [];
  });
  assert.deepEqual(commands, [unpair, "Aborted"]);
});
