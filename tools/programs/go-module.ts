import type { GoModule, Tool } from "./tools.ts";

/** The modules that a go.mod requires at v0.0.0, which are those of the same repository. */
export function stagingModules(goMod: string): readonly string[] {
  const found = new Set<string>();
  for (const [, path] of goMod.matchAll(/^(?:require)?\s*([\w.-]+\/[\w./-]+) v0\.0\.0(?:\s*\/\/ indirect)?$/gm)) {
    if (path !== undefined) found.add(path);
  }
  return [...found].sort();
}

/**
 * The go.mod of a module that exists only to build programs of another module. `go install` cannot install a program whose
 * module has `replace` lines, so this go.mod repeats the lines.
 */
export function wrapperGoMod(module: GoModule, goModOfModule: string): string {
  const { path, version, stagingVersion, newer = {} } = module;
  const staging = stagingVersion === undefined ? [] : stagingModules(goModOfModule);
  const lines = staging.map((name) => `replace ${name} => ${name} ${stagingVersion}`);
  const required = Object.entries({ [path]: version, ...newer }).map(([name, wanted]) => `require ${name} ${wanted}`);
  const go = /^go (\S+)$/m.exec(goModOfModule)?.[1] ?? "1.24";
  return [`module example.invalid/tools`, "", `go ${go}`, "", ...required, ...lines, ""].join("\n");
}

/** The arguments of `go build`. They keep paths of this machine out, so that the result is the same everywhere. */
export function buildArguments(tool: Tool, output: string): readonly string[] {
  const variables = Object.entries(tool.module.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const ldflags = ["-s -w", ...variables].join(" ");
  return ["build", "-mod=mod", "-trimpath", "-ldflags", ldflags, "-o", output, tool.package];
}
