import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "#tools/source-files.ts";

interface FuzzTarget {
  /** The folder of the program below `cni`. The target includes some of its files itself, to reach static functions. */
  readonly program: "shim" | "netlink";
  readonly sources: readonly string[];
}

/** The parsers that are fed with any bytes, by the name of the target in `test/fuzz`. */
export const fuzzTargets = {
  "shim-json": { program: "shim", sources: ["json.c", "report.c"] },
  "shim-answer": { program: "shim", sources: [] },
  "netlink-answers": { program: "netlink", sources: [] },
  "netlink-commands": { program: "netlink", sources: ["netlink.c"] },
} as const satisfies Readonly<Record<string, FuzzTarget>>;

export type FuzzTargetName = keyof typeof fuzzTargets;
export const fuzzTargetNames = Object.keys(fuzzTargets) as readonly FuzzTargetName[];

/** Each way ends with status 99 at a wrong access or an overflow. */
const ways = {
  /** It reads the files that are named, once. */
  replay: { compiler: "cc", flags: ["-fsanitize=address,undefined"], driver: ["test/fuzz/replay.c"] },
  /** It makes up inputs until its time is over. */
  search: { compiler: "clang-14", flags: ["-fsanitize=fuzzer,address,undefined"], driver: [] },
} as const;

export const fuzzEnvironment = { ASAN_OPTIONS: "exitcode=99:detect_leaks=0", UBSAN_OPTIONS: "exitcode=99" };

/** The inputs of a target that are kept. */
export function corpusOf(name: FuzzTargetName): string {
  return join(root, "test/fuzz/corpus", name);
}

/** Builds a target into `folder` and resolves with the path of the program. */
export async function buildFuzzer(
  name: FuzzTargetName,
  way: keyof typeof ways,
  folder: string,
  definitions: readonly string[] = [],
): Promise<string> {
  const { program, sources } = fuzzTargets[name];
  const { compiler, flags, driver } = ways[way];
  const out = join(folder, `${name}-${way}`);
  const own = join(root, "cni", program);
  const files = [`test/fuzz/${name}.c`, ...driver].map((path) => join(root, path));
  const shared = ["-std=c11", "-D_DEFAULT_SOURCE", "-g", "-O1", "-fno-sanitize-recover=all", `-I${own}`];
  const args = [...shared, ...flags, ...definitions, "-o", out, ...files, ...sources.map((file) => join(own, file))];
  await promisify(execFile)(compiler, args);
  return out;
}
