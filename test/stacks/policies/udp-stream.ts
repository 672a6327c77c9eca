import type { Machine } from "#lab/machine/machine.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";

/** Sends one packet to each address again and again, or once when `everyMs` is 0. */
const script = `
  const { addresses, everyMs } = JSON.parse(process.argv[1]);
  const socket = require("node:dgram").createSocket("udp4");
  const round = () => Promise.all(addresses.map((address) => new Promise((done) => socket.send("x", 9000, address, done))));
  round().then(() => {
    console.log("ready");
    if (everyMs === 0) socket.close();
    else setInterval(round, everyMs);
  });`;

const argumentsOf = (namespace: string, addresses: readonly string[], everyMs: number): readonly string[] => {
  return ["netns", "exec", namespace, process.execPath, "-e", script, JSON.stringify({ addresses, everyMs })];
};

/** Sends to all addresses from a network namespace until the process is stopped, whether anybody has them or not. */
export async function startStream(
  machine: Machine,
  namespace: string,
  addresses: readonly string[],
): Promise<ManagedProcess> {
  const stream = machine.process({
    name: `stream-${namespace}`,
    command: "ip",
    args: argumentsOf(namespace, addresses, 10),
    ready: untilLine(/^ready$/m),
  });
  await stream.start();
  return stream;
}

/** Sends exactly one packet to each address. */
export async function sendOnce(machine: Machine, namespace: string, addresses: readonly string[]): Promise<void> {
  await machine.must("ip", argumentsOf(namespace, addresses, 0));
}

/** Counts the IPv4 packets that a network namespace has got since it was made. */
export async function receivedPackets(machine: Machine, namespace: string): Promise<number> {
  const text = await machine.must("ip", ["netns", "exec", namespace, "cat", "/proc/net/snmp"]);
  const [names = "", values = ""] = text.split("\n").filter((line) => line.startsWith("Ip:"));
  return Number(values.split(" ")[names.split(" ").indexOf("InReceives")]);
}
