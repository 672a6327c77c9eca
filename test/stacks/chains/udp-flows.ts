import type { Machine } from "#lab/machine/machine.ts";
import { untilLine } from "#tools/process/readiness.ts";

/** The outcome of a run. */
export interface FlowReport {
  readonly sent: number;
  readonly answered: number;
  /** The losses of flows, by `address:port`; a flow that lost nothing is not in it. */
  readonly lost: Readonly<Record<string, FlowLoss>>;
}

export interface FlowLoss {
  readonly packets: number;
  /** The most packets one after the other. */
  readonly inARow: number;
}

export interface FlowPlan {
  readonly from: readonly string[];
  readonly portsEach: number;
  readonly to: string;
  /** Packets of each flow, one after the other with a pause. */
  readonly rounds: number;
  /** The pause after each few flows, by default a millisecond. */
  readonly betweenMs?: number;
}

const firstPort = 20_000;
const echoPort = 9_000;
const pauseMs = 50;
/** A burst of more packets than this overruns the queues of sockets and pairs, which is no fault of a chain. */
const burst = 16;
const answerMs = 1_500;

/** Ports have numbers from 20000 on; each address uses all of them. */
export const flowsOf = ({ from, portsEach }: FlowPlan): readonly string[] =>
  from.flatMap((address) => Array.from({ length: portsEach }, (_, n) => `${address}:${firstPort + n}`));

const echo = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (text, { port, address }) => socket.send(text, port, address));
  socket.bind(${echoPort}, process.argv[1], () => console.log("ready"));`;

const send = `
  const { createSocket } = require("node:dgram");
  const { from, portsEach, to, rounds, betweenMs = 1 } = JSON.parse(process.argv[1]);
  const lost = {}; let sent = 0, answered = 0;
  const flows = from.flatMap((address) => Array.from({ length: portsEach }, (_, n) => ({ address, port: ${firstPort} + n })));
  const sockets = flows.map(({ address, port }) => new Promise((resolve) => {
    const waiting = new Set();
    const socket = createSocket("udp4");
    socket.on("message", (text) => { if (waiting.delete(String(text))) answered += 1; });
    socket.bind(port, address, () => resolve({ flow: address + ":" + port, waiting, socket }));
  }));
  Promise.all(sockets).then((all) => {
    let round = 0;
    const step = () => {
      if (round === rounds) { setTimeout(end, ${answerMs}); return; }
      round += 1;
      sendFrom(0, String(round));
    };
    const sendFrom = (first, text) => {
      for (const { waiting, socket } of all.slice(first, first + ${burst})) { waiting.add(text); sent += 1; socket.send(text, ${echoPort}, to); }
      if (first + ${burst} < all.length) setTimeout(sendFrom, betweenMs, first + ${burst}, text);
      else setTimeout(step, ${pauseMs});
    };
    const end = () => {
      for (const { flow, waiting, socket } of all) {
        let row = 0, inARow = 0;
        for (let n = 1; n <= rounds; n += 1) inARow = Math.max(inARow, row = waiting.has(String(n)) ? row + 1 : 0);
        if (inARow > 0) lost[flow] = { packets: waiting.size, inARow };
        socket.close();
      }
      console.log(JSON.stringify({ sent, answered, lost }));
    };
    step();
  });`;

/** Starts a process in a network namespace of the machine that sends each packet back; it ends with the machine. */
export async function startEcho(machine: Machine, namespace: string, address: string): Promise<void> {
  const command = ["netns", "exec", namespace, process.execPath, "-e", echo, address];
  await machine
    .process({ name: `echo-${namespace}`, command: "ip", args: command, ready: untilLine(/^ready$/m) })
    .start();
}

/** Sends the flows of the plan from a network namespace of the machine, and waits for their answers. */
export async function sendFlows(machine: Machine, namespace: string, plan: FlowPlan): Promise<FlowReport> {
  const command = ["netns", "exec", namespace, process.execPath, "-e", send, JSON.stringify(plan)];
  return JSON.parse(await machine.must("ip", command, { timeoutMs: 60_000 })) as FlowReport;
}
