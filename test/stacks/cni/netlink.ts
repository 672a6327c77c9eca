import { compileProgram } from "#cni/compile.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { sanitized } from "./shim.ts";

/** `ovn4nfv-netlink` in a build in which every wrong access or overflow ends it with status 99. */
export interface Netlink {
  /** The command that starts it. */
  readonly command: readonly string[];
  /** Runs it with these bytes on stdin, to its end. */
  run(input: string): Promise<CommandResult>;
}

export async function buildNetlink(): Promise<Netlink> {
  const path = await compileProgram("ovn4nfv-netlink", createTemporaryFolder("netlink").path, {
    flags: sanitized.flags,
  });
  const variables = Object.entries(sanitized.env).map(([name, value]) => `${name}=${value}`);
  const command = ["env", ...variables, path] as const;
  return { command, run: (input) => runCommand("env", command.slice(1), { input, timeoutMs: 20_000 }) };
}
