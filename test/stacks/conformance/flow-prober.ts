// Asks the flows of OVN what becomes of a packet. The kernels that the tests run on have no SCTP.
import { createConnection, type Socket } from "node:net";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";

/** A pod as OVN knows it. */
export interface FlowEnd {
  readonly port: string;
  readonly mac: string;
  readonly address: string;
}

/** Says of each pair whether the first packet of an SCTP connection from one to the other is delivered. */
export async function flowsDeliver(
  sb: string,
  network: string,
  pairs: readonly (readonly [from: FlowEnd, to: FlowEnd, port: number])[],
): Promise<readonly boolean[]> {
  using folder = createTemporaryFolder("trace");
  const control = `${folder.path}/trace.ctl`;
  const trace = `${ovnBinary("ovn-trace")} --db=${sb} --unixctl=${control} --no-chdir --detach`;
  // It runs in the background only, so that a namespace of process ids ends it.
  await using _running = await ManagedProcess.start({
    name: "ovn-trace",
    command: "unshare",
    args: ["--pid", "--fork", "--kill-child", "--", "sh", "-c", `${trace} && echo ready && exec sleep infinity`],
    logFile: `${folder.path}/trace.log`,
    env: { ...process.env, OVN_RUNDIR: folder.path, OVS_RUNDIR: folder.path },
    ready: untilLine(/^ready$/m),
    stopTimeoutMs: 0,
  });
  const socket = createConnection(control);
  const answers = answersOf(socket);
  const delivered: boolean[] = [];
  for (const [from, to, port] of pairs) {
    const flow = [
      `inport == "${from.port}" && eth.src == ${from.mac} && eth.dst == ${to.mac} && ip4.src == ${from.address}`,
      `ip4.dst == ${to.address} && ip.ttl == 64 && sctp.src == 40000 && sctp.dst == ${port}`,
    ].join(" && ");
    socket.write(JSON.stringify({ id: delivered.length, method: "trace", params: [network, flow] }));
    const answer = await answers.next();
    delivered.push(String(answer.value).includes(`output to "${to.port}"`));
  }
  socket.destroy();
  return delivered;
}

/** The results of JSON-RPC answers, which have no separator. */
async function* answersOf(socket: Socket): AsyncGenerator<string, undefined> {
  let text = "";
  socket.setEncoding("utf8");
  for await (const part of socket) {
    text += String(part);
    try {
      const { result, error } = JSON.parse(text) as { readonly result: string | null; readonly error: string | null };
      text = "";
      yield result ?? `error: ${String(error)}`;
    } catch {
      // The rest of the answer is under way.
    }
  }
}
