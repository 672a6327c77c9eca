import { join } from "node:path";
import { compileProgram } from "#cni/compile.ts";
import { type CommandResult, runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

/** A build that ends with status 99 at every wrong access or overflow, and its environment. */
export const sanitized = {
  flags: ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  env: { ASAN_OPTIONS: "exitcode=99:detect_leaks=0", UBSAN_OPTIONS: "exitcode=99" },
} as const;

/** The builds of the shim: the shipped one, or a sanitized one. */
const builds = { release: {}, sanitized: { flags: sanitized.flags } } as const;

export interface ShimOptions {
  readonly build: keyof typeof builds;
  /** The time limit of the shim. By default it has the shipped limits. */
  readonly limitMs?: number;
  /** The user that must listen on the socket. By default it is the user of this process, which stands in for root. */
  readonly agentUser?: number;
}

/** A shim that was just built, and a way to call it like a runtime. */
export interface Shim {
  readonly path: string;
  /** A free path for a socket, in a folder of this shim. */
  readonly socketPath: string;
  /** Calls the shim with these variables and nothing else in the environment. */
  run(environment: Record<string, string>, conf: string | object): Promise<CommandResult>;
}

export async function buildShim({ build, limitMs, agentUser = process.getuid?.() }: ShimOptions): Promise<Shim> {
  const folder = createTemporaryFolder("shim").path;
  const limit = limitMs?.toString();
  const place = { SOCKET_FOLDER: JSON.stringify(`${folder}/`), AGENT_USER: String(agentUser ?? 0) };
  const definitions = { ...place, ...(limit === undefined ? {} : { TIME_LIMIT_MS: limit, STATUS_LIMIT_MS: limit }) };
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
