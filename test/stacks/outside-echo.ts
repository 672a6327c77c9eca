// A server that answers everybody with the address from which the question came, and those who ask it.
import type { CommandResult } from "#tools/process/command.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import type { Machine } from "#lab/machine/machine.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { untilTraffic } from "./datapath/until-traffic.ts";

/** Runs the server on a machine, or in a network namespace of it. */
export async function startEcho(machine: Machine, netns?: string): Promise<AsyncDisposable> {
  const code =
    "require('node:http').createServer((q, a) => a.end(q.socket.remoteAddress.replace('::ffff:', '')))" +
    ".listen(8080, '::', () => console.log('listening'))";
  const inside = netns === undefined ? [] : ["nsenter", `--net=/run/netns/${netns}`, "--"];
  const [command, ...args] = [...inside, process.execPath, "-e", code] as const;
  const echo = machine.process({
    name: "echo",
    command,
    args,
    ready: untilLine(/listening/),
    stopTimeoutMs: 5_000,
  });
  await echo.start();
  return echo;
}

/** Asks the server at the address until it answers, and gives the source address that it saw. The `hosts` carry the packets. */
export async function sourceSeen(
  run: (command: string, args: readonly string[]) => Promise<CommandResult>,
  address: string,
  hosts: readonly ChassisHost[],
): Promise<string> {
  const host = address.includes(":") ? `[${address}]` : address;
  const ask = `fetch("http://${host}:8080/", { signal: AbortSignal.timeout(5000) }).then((a) => a.text()).then(console.log)`;
  let seen = "";
  await untilTraffic(hosts, async () => {
    const { code, stdout } = await run(process.execPath, ["-e", ask]);
    if (code === 0) seen = stdout.trim();
    return code === 0;
  });
  return seen;
}
