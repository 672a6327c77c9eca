import { join } from "node:path";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { type Flags, printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import type { AdmissionStack } from "./admission-stack.ts";

const program = join(import.meta.dirname, "../../src/main.ts");

/** Time limits of a test: nothing here takes a create as long as it may take in a cluster. */
export const shortTimings: Flags = {
  "reservation-lease": "3s",
  "force-delete-bound": "4s",
  "settle-time": "500ms",
  // An API server that is busy otherwise must not cost the lead.
  "lease-duration": "6s",
  "renew-deadline": "5s",
  "retry-period": "500ms",
};

function common({ nb, plane }: AdmissionStack): Flags {
  return { nb: nb.join(","), "token-public-key-files": join(plane.folder, "token.pem") };
}

export interface ControllerOptions {
  /** Of the process and its log. */
  readonly name?: string;
  readonly flags?: Flags;
  /** When it counts as started: as the leader, which is the default, or as soon as it may become it. */
  readonly ready?: "leading" | "serving";
  /** Node's own flags. */
  readonly node?: readonly string[];
}

/** `ovn4nfv controller` beside a stack, with the rights of an installation, on a free port. */
export function controllerProcess(stack: AdmissionStack, options: ControllerOptions = {}): ManagedProcess {
  const { name = "controller", flags = {}, ready = "leading", node = [] } = options;
  const own = {
    kubeconfig: stack.identities.controller,
    "lease-namespace": systemNamespace,
    "operations-listen": "127.0.0.1:0",
  };
  const all = { ...common(stack), ...own, ...shortTimings, ...flags };
  return new ManagedProcess({
    name,
    command: process.execPath,
    args: [...node, program, "controller", "--unsafe-timings", ...printFlags(all)],
    logFile: join(stack.plane.folder, `${name}.log`),
    ready: untilLine(ready === "leading" ? /"became the leader"/ : /"controller serving"/),
    stopTimeoutMs: 20_000,
  });
}

export interface CheckOptions {
  readonly repair?: boolean;
  readonly flags?: Flags;
}

/** Runs `ovn4nfv check` as an administrator, with `--repair` when asked for. */
export function runCheck(stack: AdmissionStack, options: CheckOptions = {}): Promise<CommandResult> {
  const { repair = false, flags = {} } = options;
  const timings = { "reservation-lease": "3s", "settle-time": "1s", timeout: "60s", ...flags };
  const { adminKubeconfig: kubeconfig } = stack.plane;
  const switches = ["--unsafe-timings", ...(repair ? ["--repair"] : [])];
  const args = [program, "check", ...switches, ...printFlags({ ...common(stack), kubeconfig, ...timings })];
  return runCommand(process.execPath, args, { timeoutMs: 120_000 });
}

/** What a controller logged about released allocations: allocation id -> why. */
export function releases(controller: ManagedProcess): ReadonlyMap<string, string> {
  const lines = readJsonLines(controller.spec.logFile) as readonly Readonly<Record<string, unknown>>[];
  const released = lines.filter((line) => line["msg"] === "addresses released");
  return new Map(released.map((line) => [String(line["allocation"]), String(line["why"])]));
}
