import { spawn } from "node:child_process";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { NbAllocatorOptions } from "#src/ipam/nb-allocator.ts";

export interface OvnTrace {
  /** The program, with words that come before ours, as in `kubectl exec POD -- ovn-trace`. */
  readonly command: readonly string[];
  readonly sb: NbAllocatorOptions["nb"];
  readonly clock: Clock;
}

/** Connections are new for each `ct_next` that a packet meets; a way has fewer than this. */
const newConnections = Array.from({ length: 32 }, () => "--ct=new");

/**
 * Runs ovn-trace, and gives what it prints for the first packet of a connection. Throws `ConfigInvalid` where there is no
 * such program, and `CommandFailed` with what it says.
 */
export async function runOvnTrace(
  { command: [program = "", ...before], sb, clock }: OvnTrace,
  microflow: string,
  call: CallOptions,
): Promise<string> {
  const args = [...before, `--db=${sb.endpoints.join(",")}`, ...tlsArguments(sb), ...newConnections, microflow];
  const running = new AbortController();
  const { code, stdout, stderr } = await settleWithin<Outcome>(
    clock,
    call,
    program,
    (resolve, reject) => {
      start(program, args, running.signal).then(resolve, reject);
    },
    (error) => {
      running.abort();
      return error;
    },
  );
  // Before 24.03 the program ends with 0 also when it found no such port.
  if (code === 0 && /^ingress\(/m.test(stdout)) return stdout;
  const said = [stderr, stdout]
    .join("\n")
    .split("\n")
    .find((line) => line.trim() !== "");
  throw new AppError("CommandFailed", `${program} ended with ${String(code)}: ${said ?? "it said nothing"}`);
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function tlsArguments({ tls }: OvnTrace["sb"]): readonly string[] {
  if (tls === undefined) return [];
  const { caFile, certificateFile, privateKeyFile } = tls;
  const pair =
    certificateFile === undefined || privateKeyFile === undefined
      ? []
      : [`--certificate=${certificateFile}`, `--private-key=${privateKeyFile}`];
  return [`--ca-cert=${caFile}`, ...pair];
}

function start(program: string, args: readonly string[], signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? isMissing(program, error) : error);
    });
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

function isMissing(program: string, cause: Error): AppError {
  const message =
    `${program} is not on this machine: run this where OVN's own programs are, as on the machine of ovn-northd (Debian has ` +
    "it in ovn-common), or name one in a pod: --ovn-trace 'kubectl -n kube-system exec deployment/ovn-central -- ovn-trace'";
  return new AppError("ConfigInvalid", message, { cause });
}
