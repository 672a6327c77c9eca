import { join } from "node:path";
import { compileShim } from "#cni/shim/compile.ts";
import { type CommandResult, runCommand } from "#test/lab/command.ts";
import { createTemporaryFolder } from "#test/lab/temporary-folder.ts";

/** How the shim is built: as it is shipped, or so that every wrong access or overflow ends it with status 99. */
const builds = {
  release: {},
  sanitized: { flags: ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] },
} as const;

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
  const path = join(folder, "ovn4nfv-cni");
  const limit = limitMs?.toString();
  const definitions = limit === undefined ? {} : { TIME_LIMIT_MS: limit, STATUS_LIMIT_MS: limit };
  await compileShim(path, { ...builds[build], definitions });
  const sanitizers = { ASAN_OPTIONS: "exitcode=99:detect_leaks=0", UBSAN_OPTIONS: "exitcode=99" };
  return {
    path,
    socketPath: join(folder, "cni.sock"),
    run: (environment, conf) => {
      const input = typeof conf === "string" ? conf : JSON.stringify(conf);
      return runCommand(path, [], { env: { ...sanitizers, ...environment }, input, timeoutMs: 20_000 });
    },
  };
}
