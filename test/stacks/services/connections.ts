import type { Machine } from "#lab/machine/machine.ts";
import { untilLine } from "#tools/process/readiness.ts";

/** The outcome of connections to one end: how many ended well, by the name that answered, and what went wrong. */
export interface ConnectionReport {
  readonly answered: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly errors: readonly string[];
}

/** Answers each line with its name, and ends a connection when the client does. */
const server = `
  const [name, port, family] = process.argv.slice(1);
  const { createServer } = require("node:net");
  const listening = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(name + "\\n"));
    socket.on("end", () => socket.end());
  });
  listening.listen({ port: Number(port), host: family === "6" ? "::" : "0.0.0.0" }, () => console.log("ready"));`;

const client = `
  const { host, port, count, concurrency } = JSON.parse(process.argv[1]);
  const { connect } = require("node:net");
  const answered = {}, errors = [];
  let begun = 0, failed = 0;
  const one = () => new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = "";
    const fail = (why) => { failed += 1; if (errors.length < 5) errors.push(why); socket.destroy(); resolve(); };
    socket.setTimeout(10000, () => fail("no answer"));
    socket.on("error", (error) => fail(error.code));
    socket.on("connect", () => socket.write("who\\n"));
    socket.on("data", (data) => {
      text += data;
      if (!text.endsWith("\\n")) return;
      answered[text.trim()] = (answered[text.trim()] ?? 0) + 1;
      socket.removeAllListeners("error");
      socket.on("error", () => {});
      socket.end();
      resolve();
    });
  });
  const worker = async () => { while (begun < count) { begun += 1; await one(); } };
  Promise.all(Array.from({ length: concurrency }, worker)).then(() => {
    console.log(JSON.stringify({ answered, failed, errors }));
    process.exit(0);
  });`;

/** Starts a server in a network namespace of the machine; it ends with the machine. */
export async function startServer(machine: Machine, namespace: string, port: number, family: 4 | 6 = 4): Promise<void> {
  const script = [process.execPath, "-e", server, namespace, String(port), String(family)];
  const args = ["netns", "exec", namespace, ...script];
  const name = `server-${namespace}-${String(port)}`;
  await machine.process({ name, command: "ip", args, ready: untilLine(/^ready$/m) }).start();
}

/**
 * Opens connections from a network namespace of the machine, or with undefined from the machine itself, each until it was answered
 * or failed.
 */
export async function connectMany(
  machine: Machine,
  namespace: string | undefined,
  to: { readonly host: string; readonly port: number; readonly count: number; readonly concurrency?: number },
): Promise<ConnectionReport> {
  const script = ["-e", client, JSON.stringify({ concurrency: 8, ...to })];
  const inside = namespace === undefined ? [] : ["netns", "exec", namespace, process.execPath];
  const command = namespace === undefined ? process.execPath : "ip";
  return JSON.parse(await machine.must(command, [...inside, ...script], { timeoutMs: 300_000 })) as ConnectionReport;
}
