import { join } from "node:path";
import { compileProgram } from "#cni/compile.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

/** A build that ends with status 99 at every wrong access or overflow, and the environment that it needs for that. */
export const sanitized = {
  flags: ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  env: { ASAN_OPTIONS: "exitcode=99:detect_leaks=0", UBSAN_OPTIONS: "exitcode=99" },
} as const;

/** How the shim is built: as it is shipped, or sanitized. */
const builds = { release: {}, sanitized: { flags: sanitized.flags } } as const;

export interface ShimOptions {
  readonly build: keyof typeof builds;
  /** The shim's time limits; the shipped ones when left out. */
  readonly limitMs?: number;
}

/** A freshly built shim, and a way to call it as a runtime does. */
export interface Shim {
  readonly path: string;
  /** A socket path that is free, in a folder of this shim's own. */
  readonly socketPath: string;
  /** Calls the shim with these variables and nothing else in the environment. */
  run(environment: Record<string, string>, conf: string | object): Promise<CommandResult>;
}

export async function buildShim({ build, limitMs }: ShimOptions): Promise<Shim> {
  const folder = createTemporaryFolder("shim").path;
  const limit = limitMs?.toString();
  const definitions = limit === undefined ? {} : { TIME_LIMIT_MS: limit, STATUS_LIMIT_MS: limit };
  const path = await compileProgram("ovn4nfv-cni", folder, { ...builds[build], definitions });
  return {
    path,
    socketPath: join(folder, "cni.sock"),
    run: (environment, conf) => {
      const input = typeof conf === "string" ? conf : JSON.stringify(conf);
      return runCommand(path, [], { env: { ...sanitized.env, ...environment }, input, timeoutMs: 60_000 });
    },
  };
}
