import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { root } from "#tools/source-files.ts";
import type { DatapathStack } from "./datapath-stack.ts";

/** Runs `ovn4nfv trace` with the real ovn-trace on the databases of the stack, and returns what it prints. */
export function tracePacket({ fabric, admission }: DatapathStack, ...args: readonly string[]): Promise<string> {
  const { nb, sb } = fabric.central;
  const databases = ["--nb", nb, "--sb", sb, "--ovn-trace", ovnBinary("ovn-trace")];
  const flags = [...databases, "--kubeconfig", admission.plane.adminKubeconfig];
  return mustRun(process.execPath, [`${root}/src/main.ts`, "trace", ...args, ...flags]);
}
