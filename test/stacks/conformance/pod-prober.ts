// A program in the network namespace of a pod that answers on the ports of cyclonus, and asks other pods when it is told to.
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import type { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import type { Endpoint } from "../datapath/datapath-stack.ts";

/** TCP counts as open when the connection stands, and UDP when an echo comes back. A question may get lost, so UDP asks again. */
const script = `
  const [path, ports] = process.argv.slice(1);
  const dgram = require("node:dgram");
  const net = require("node:net");
  const numbers = JSON.parse(ports);
  const bound = numbers.flatMap((port) => [
    new Promise((done) => net.createServer((peer) => { peer.on("error", () => {}); peer.end(); }).listen(port, done)),
    new Promise((done) => {
      const echo = dgram.createSocket("udp4");
      echo.on("message", (message, { port: from, address }) => echo.send(message, from, address));
      echo.bind(port, done);
    }),
  ]);
  const tcp = (host, port, limitMs) => new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (open) => { clearTimeout(timer); socket.destroy(); resolve(open); };
    const timer = setTimeout(end, limitMs, false);
    socket.on("connect", () => end(true));
    socket.on("error", () => end(false));
  });
  const udp = (host, port, limitMs) => new Promise((resolve) => {
    const socket = dgram.createSocket("udp4");
    const end = (open) => { clearTimeout(timer); clearInterval(again); socket.close(); resolve(open); };
    const timer = setTimeout(end, limitMs, false);
    const ask = () => socket.send("x", port, host, () => {});
    const again = setInterval(ask, limitMs / 4);
    socket.on("message", () => end(true));
    socket.on("error", () => end(false));
    ask();
  });
  const control = net.createServer({ allowHalfOpen: true }, (peer) => {
    let question = "";
    peer.on("error", () => {});
    peer.on("data", (part) => (question += part));
    peer.on("end", async () => {
      const { targets, limitMs } = JSON.parse(question);
      const ask = { TCP: tcp, UDP: udp };
      const open = await Promise.all(targets.map(([protocol, host, port]) => ask[protocol](host, port, limitMs)));
      peer.end(JSON.stringify(open));
    });
  });
  Promise.all(bound).then(() => control.listen(path, () => console.log("ready")));`;

type Target = readonly [protocol: string, address: string, port: number];

export class PodProber implements AsyncDisposable {
  readonly #process: ManagedProcess;
  readonly #path: string;

  private constructor(process: ManagedProcess, path: string) {
    this.#process = process;
    this.#path = path;
  }

  /** `folder` gets the socket by which the program is asked. */
  static async start({ host, name }: Endpoint, folder: string, ports: readonly number[]): Promise<PodProber> {
    const path = `${folder}/${name}.sock`;
    const args = ["netns", "exec", name, process.execPath, "-e", script, path, JSON.stringify(ports)];
    const running = host.machine.process({ name: `prober-${name}`, command: "ip", args, ready: untilLine(/^ready$/m) });
    await running.start();
    return new PodProber(running, path);
  }

  /** Says of each target whether the pod reaches it within the limit. */
  async reaches(targets: readonly Target[], limitMs: number): Promise<readonly boolean[]> {
    const socket = createConnection(this.#path);
    socket.end(JSON.stringify({ targets, limitMs }));
    return JSON.parse(await text(socket)) as readonly boolean[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
