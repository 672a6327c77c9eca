// Traffic between two pods that is measured while something happens to their nodes: packets that are lost, and one connection.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { ManagedProcess, Readiness } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { until } from "#test/assertions/until.ts";
import { containerOf, type LabStack, type PodObject } from "./lab-stack.ts";

const port = 9_100;
const everyMs = 50;
/** Twice the pause after which a sender tries again when nothing came through for half a minute. */
const recoveryMs = 60_000;

/** Answers with what it gets. */
const serverProgram = `
  require("node:net").createServer((socket) => { socket.on("error", () => {}); socket.pipe(socket); })
    .listen(${port}, process.argv[1], () => console.log("listens"));`;

/**
 * Sends a byte each 50 ms. It writes the longest pause between answers whenever it grows, and then, at most five times a second, that
 * there was an answer.
 */
const clientProgram = `
  const socket = require("node:net").connect(${port}, process.argv[1], () => console.log("connected"));
  let last = Date.now();
  let longest = 0;
  let told = 0;
  socket.setNoDelay(true);
  socket.on("data", () => {
    const now = Date.now();
    if (now - last > longest) console.log("pause=" + (longest = now - last));
    last = now;
    if (now - told < 200) return;
    told = now;
    console.log("answered");
  });
  socket.on("error", (error) => console.log("ended=" + error.code));
  socket.on("close", () => process.exit());
  setInterval(() => socket.write("x"), ${everyMs});`;

/** Ten pings a second from a pod. `end` stops them, and tells what was lost. */
export async function countedPings(
  stack: LabStack,
  from: PodObject,
  address: string,
): Promise<AsyncDisposable & { end(): Promise<string> }> {
  const ping = await insidePod(stack, from, "measured-ping", ["busybox", "ping", "-i", "0.1", address]);
  const start = textOf(ping).length;
  await ping.start();
  return {
    async end() {
      await ping.stop();
      const numbers = [
        ...textOf(ping)
          .slice(start)
          .matchAll(/seq=(\d+)/g),
      ].map(([, number]) => Number(number));
      const gaps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? number) - 1);
      const lost = gaps.reduce((sum, gap) => sum + Math.max(0, gap), 0);
      return `${lost} of ${(numbers.at(-1) ?? 0) + 1} pings lost, ${Math.max(0, ...gaps)} of them in a row`;
    },
    [Symbol.asyncDispose]: () => ping.stop(),
  };
}

/**
 * A connection between two pods that carries a byte each 50 ms. `end` waits until it carries again, since a sender tries again
 * later the longer nothing came through. It tells the longest pause, and how the connection ended before.
 */
export async function carriedConnection(
  stack: LabStack,
  { from, to, address }: { readonly from: PodObject; readonly to: PodObject; readonly address: string },
): Promise<AsyncDisposable & { end(): Promise<{ readonly says: string; readonly ended: string }> }> {
  const program = (text: string): readonly string[] => [process.execPath, "-e", text, address];
  const server = await insidePod(stack, to, "measured-server", program(serverProgram), untilLine(/^listens/m));
  const client = await insidePod(stack, from, "measured-client", program(clientProgram), untilLine(/^connected/m));
  const start = textOf(client).length;
  await server.start();
  await client.start();
  const stop = async (): Promise<void> => {
    await client.stop();
    await server.stop();
  };
  return {
    async end() {
      const told = (): string => textOf(client).slice(start);
      const answers = (): number => told().split("answered").length;
      const before = answers();
      await until(() => answers() > before || told().includes("ended="), recoveryMs);
      await stop();
      const text = told();
      const pauses = [...text.matchAll(/pause=(\d+)/g)].map(([, ms]) => Number(ms));
      return { says: `the connection stood still for ${pauses.at(-1)} ms`, ended: /ended=(\w+)/.exec(text)?.[1] ?? "" };
    },
    [Symbol.asyncDispose]: stop,
  };
}

function textOf({ spec }: ManagedProcess): string {
  try {
    return readFileSync(spec.logFile, "utf8");
  } catch {
    // It has not been started yet.
    return "";
  }
}

/** Describes a process beside a pod, in its network namespace. */
async function insidePod(
  stack: LabStack,
  pod: PodObject,
  name: string,
  command: readonly string[],
  ready?: Readiness,
): Promise<ManagedProcess> {
  const { machine } = stack.nodeOf(pod);
  const tasks = await machine.must("ctr", ["--namespace=k8s.io", "tasks", "ls"]);
  const pid = new RegExp(`^${containerOf(pod)}\\s+(\\d+)`, "m").exec(tasks)?.[1];
  assert.ok(pid, `${pod.metadata.name} does not run`);
  const args = [`--net=/proc/${pid}/ns/net`, ...command];
  return machine.process({ name, command: "nsenter", args, ...(ready === undefined ? {} : { ready }) });
}
