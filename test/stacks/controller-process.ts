import { join } from "node:path";
import { type CommandResult, mustRun, runCommand } from "#tools/process/command.ts";
import { type Flags, printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { readMetric } from "#tools/process/metric.ts";
import { type ExitStatus, ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import type { AdmissionStack } from "./admission-stack.ts";
import { productFile } from "#tools/build/product-file.ts";

/** Short time limits. In tests no create takes as long as it may take in a cluster. */
export const shortTimings: Flags = {
  "reservation-lease": "3s",
  "force-delete-bound": "4s",
  "settle-time": "500ms",
  // A leader must not lose its Lease because the API server is busy.
  "lease-duration": "6s",
  "renew-deadline": "5s",
  "retry-period": "500ms",
};

function common({ nb, plane }: AdmissionStack): Flags {
  return { nb: nb.join(","), "token-public-key-files": join(plane.folder, "token.pem") };
}

export interface ControllerOptions {
  /** The name of the process and its log. */
  readonly name?: string;
  readonly flags?: Flags;
  /** The state in which it counts as started: the leader (default), or a candidate. */
  readonly ready?: "leading" | "serving";
  /** Flags for Node itself. */
  readonly node?: readonly string[];
  /** The file that Node runs. The default is `productFile`. */
  readonly program?: string;
}

/** `ovn4nfv controller` for a stack, with the rights of an installation, on a free port. */
export function controllerProcess(stack: AdmissionStack, options: ControllerOptions = {}): ManagedProcess {
  const { name = "controller", flags = {}, ready = "leading", node = [], program: file = productFile } = options;
  const own = {
    kubeconfig: stack.identities.controller,
    "lease-namespace": systemNamespace,
    "operations-listen": "127.0.0.1:0",
  };
  const all = { ...common(stack), ...own, ...shortTimings, ...flags };
  return new ManagedProcess({
    name,
    command: process.execPath,
    args: [...node, file, "controller", "--unsafe-timings", ...printFlags(all)],
    logFile: join(stack.plane.folder, `${name}.log`),
    ready: untilLine(ready === "leading" ? /"became the leader"/ : /"controller serving"/),
    // A controller begins to lead late beside 50,000 pods, and the one before it may have been killed.
    readyTimeoutMs: 300_000,
    stopTimeoutMs: 20_000,
  });
}

export interface CheckOptions {
  readonly repair?: boolean;
  readonly flags?: Flags;
}

/** Runs `ovn4nfv check` as an administrator, with `--repair` when `options` say so. */
export function runCheck(stack: AdmissionStack, options: CheckOptions = {}): Promise<CommandResult> {
  const { repair = false, flags = {} } = options;
  const timings = { "reservation-lease": "3s", "settle-time": "1s", timeout: "60s", ...flags };
  const { adminKubeconfig: kubeconfig } = stack.plane;
  const switches = ["--unsafe-timings", ...(repair ? ["--repair"] : [])];
  const args = [productFile, "check", ...switches, ...printFlags({ ...common(stack), kubeconfig, ...timings })];
  return runCommand(process.execPath, args, { timeoutMs: 120_000 });
}

function restoreArguments(stack: AdmissionStack, file: string, flags: Flags): readonly string[] {
  const { adminKubeconfig: kubeconfig } = stack.plane;
  const timings = { "reservation-lease": "3s", "settle-time": "1s", timeout: "60s", "restore-quiet-time": "1s" };
  const all = printFlags({ ...common(stack), kubeconfig, ...timings, ...flags });
  return [productFile, "restore", "--unsafe-timings", "--yes", ...all, file];
}

/** Runs `ovn4nfv restore --yes` as an administrator, with short time limits. */
export function runRestore(stack: AdmissionStack, file: string, flags: Flags = {}): Promise<CommandResult> {
  return runCommand(process.execPath, restoreArguments(stack, file, flags), { timeoutMs: 900_000 });
}

/**
 * Sends a signal to a run of `ovn4nfv restore --yes` when it has stopped the webhooks, before it restores, and after `meanwhile`. Gives
 * its end.
 */
export async function interruptRestore(
  stack: AdmissionStack,
  file: string,
  signal: NodeJS.Signals,
  flags: Flags = {},
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<ExitStatus> {
  await using run = await ManagedProcess.start({
    name: "restore",
    command: process.execPath,
    args: restoreArguments(stack, file, { ...flags, "restore-quiet-time": "1h" }),
    logFile: join(stack.plane.folder, "restore.log"),
    ready: untilLine(/^waiting 3600 s/m),
    readyTimeoutMs: 600_000,
  });
  await meanwhile();
  const exited = run.exited();
  run.signal(signal);
  return await exited;
}

/** Runs `ovn4nfv backup`, and gives the path of the file. */
export async function runBackup({ nb }: AdmissionStack, folder: string): Promise<string> {
  const args = [productFile, "backup", ...printFlags({ nb: nb.join(","), output: "json" }), folder];
  const [{ file } = { file: "" }] = JSON.parse(await mustRun(process.execPath, args)) as readonly {
    readonly file: string;
  }[];
  return file;
}

/** The reason of each release that a controller logged, by allocation id. */
export function releases(controller: ManagedProcess): ReadonlyMap<string, string> {
  const lines = readJsonLines(controller.spec.logFile) as readonly Readonly<Record<string, unknown>>[];
  const released = lines.filter((line) => line["msg"] === "addresses released");
  return new Map(released.map((line) => [String(line["allocation"]), String(line["why"])]));
}

/** The port on which this controller serves its metrics. */
export function operationsPort(controller: ManagedProcess): number {
  const lines = readJsonLines(controller.spec.logFile) as readonly { readonly operations?: number }[];
  // The log has a line of each start.
  return lines.findLast(({ operations }) => operations !== undefined)?.operations ?? 0;
}

/** The keys that wait for a worker of this controller, in the queue of this name. */
export async function queueDepth(controller: ManagedProcess, queue: string): Promise<number> {
  return (await gauge(controller, "workqueue_depth", queue)) ?? 0;
}

/** True when this controller, which answers, is the leader. */
export async function isLeading(controller: ManagedProcess): Promise<boolean> {
  return (await gauge(controller, "leader_election_master_status", "ovn4nfv-controller")) === 1;
}

async function gauge(controller: ManagedProcess, metric: string, name: string): Promise<number | undefined> {
  return (await readMetric(operationsPort(controller), metric)).get(`name="${name}"`);
}
