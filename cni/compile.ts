// Builds the two executables that are written in C. They are static and need nothing from the image around them.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** The folder and the source files of each program. */
const programs = {
  /** Container runtimes run this one. */
  "ovn4nfv-cni": ["shim", "main.c", "agent.c", "json.c", "report.c"],
  /** The agent runs this one to change links, addresses and routes. */
  "ovn4nfv-netlink": ["netlink", "main.c", "netlink.c", "namespaces.c", "links.c", "routes.c", "shaping.c", "state.c"],
} as const;
const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const releaseFlags = [
  "-Os",
  "-s",
  // The program is at another address each time, and its tables of addresses cannot be written once it runs.
  "-static-pie",
  "-fPIE",
  "-Wl,-z,relro,-z,now,-z,noexecstack",
  "-fstack-protector-strong",
  "-D_FORTIFY_SOURCE=3",
];

export interface CompileOptions {
  /** Compiler flags instead of those of the release, e.g. `-fsanitize=address,undefined`. */
  readonly flags?: readonly string[];
  /** Preprocessor definitions, e.g. `TIME_LIMIT_MS: "300"`; see shim/protocol.h. */
  readonly definitions?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Builds the program with the C compiler `cc` into `folder` and resolves with its path. It rejects with the compiler's output. */
export async function compileProgram(
  name: keyof typeof programs,
  folder: string,
  options: CompileOptions = {},
): Promise<string> {
  const { flags = releaseFlags, definitions = {}, signal } = options;
  const [sourceFolder, ...sources] = programs[name];
  const outFile = join(folder, name);
  const defines = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
  const files = sources.map((file) => join(import.meta.dirname, sourceFolder, file));
  const args = ["-std=c11", "-D_DEFAULT_SOURCE", ...warnings, ...flags, ...defines, "-o", outFile, ...files];
  await promisify(execFile)("cc", args, signal === undefined ? {} : { signal });
  return outFile;
}
