// The executable that container runtimes run: C, static, nothing needed on the host; and how it is built.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const sources = ["main.c", "agent.c", "json.c", "report.c"];
const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const releaseFlags = ["-Os", "-static", "-s", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"];

export interface CompileOptions {
  /** What stands in the place of the release's flags, e.g. `-fsanitize=address,undefined`. */
  readonly flags?: readonly string[];
  /** Preprocessor definitions, e.g. `TIME_LIMIT_MS: "300"`; see protocol.h. */
  readonly definitions?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Builds the shim with the C compiler `cc` into `outFile`; rejects with the compiler's words. */
export async function compileShim(outFile: string, options: CompileOptions = {}): Promise<void> {
  const { flags = releaseFlags, definitions = {}, signal } = options;
  const defines = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
  const files = sources.map((file) => join(dirname(import.meta.filename), file));
  const args = ["-std=c11", "-D_DEFAULT_SOURCE", ...warnings, ...flags, ...defines, "-o", outFile, ...files];
  await promisify(execFile)("cc", args, signal === undefined ? {} : { signal });
}
