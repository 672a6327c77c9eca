/** One thing that `npm run check` runs. */
export interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Reads the number of files that it saw. The check fails when there are more sources on disk. */
  readonly saw?: (output: string) => number;
  /** Lines of its output that say nothing. */
  readonly noise?: RegExp;
  /** The remedy when it fails. */
  readonly remedy: string;
}

const count = (pattern: RegExp) => (output: string) => Number(pattern.exec(output)?.[1] ?? 0);

/** All checks. The longest come first, so that two cores end at about the same time. */
export const checks: readonly Check[] = [
  {
    name: "lint",
    command: "node",
    args: ["tools/checks/lint.ts"],
    saw: count(/^eslint saw (\d+) files$/m),
    noise: /^eslint saw .*$/gm,
    remedy: "each message says what to write; `npx eslint --fix PATH` does some of it",
  },
  {
    name: "lint-types",
    command: "oxlint",
    args: ["--deny-warnings"],
    saw: count(/^Finished in .* on (\d+) files/m),
    noise: /^(?:Found 0 warnings.*|Finished in .*)$/gm,
    remedy: "each message says what to write; `npx oxlint PATH` shows them again",
  },
  {
    name: "types",
    command: "node",
    args: ["tools/checks/type-check.ts"],
    saw: count(/^tsc saw (\d+) files$/m),
    noise: /^tsc saw .*$/gm,
    remedy: "each line names a file; `npm run check -- types` shows them again",
  },
  {
    name: "unused",
    command: "knip",
    args: ["--no-progress", "--cache", "--cache-location", "node_modules/.cache/knip"],
    remedy: "delete what nothing uses; an entry of its own belongs into knip.json",
  },
  {
    name: "structure",
    command: "node",
    args: ["--test", "--test-reporter=dot", "test/structure/*.test.ts"],
    remedy: "`node --test 'test/structure/*.test.ts'` shows which",
  },
  {
    name: "arrows",
    command: "node",
    args: ["tools/checks/arrows.ts"],
    saw: count(/^dependency-cruiser saw (\d+) files$/m),
    noise: /^dependency-cruiser saw .*$/gm,
    remedy: "who may import whom is the table in tools/checks/arrow-table.ts",
  },
  {
    name: "docs",
    command: "node",
    args: ["tools/docs/docs.ts", "--check"],
    remedy: "`npm run docs`",
  },
  {
    name: "format",
    command: "biome",
    args: ["format", "."],
    saw: count(/^Checked (\d+) files/m),
    noise: /^Checked \d+ files.*$/gm,
    remedy: "`npm run format`",
  },
];
