// A check that cannot fail is a defect. So each rule gets a file that breaks it, in a copy of the layout.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { arrows, innerArrows } from "#tools/checks/arrow-table.ts";
import { root } from "#tools/source-files.ts";

const copy = mkdtempSync(join(tmpdir(), "ovn4nfv-bite-"));
after(() => {
  rmSync(copy, { recursive: true });
});
symlinkSync(`${root}/node_modules`, join(copy, "node_modules"));
for (const name of [
  ".dependency-cruiser.mjs",
  ".oxlintrc.json",
  "eslint.config.js",
  "tsconfig.json",
  "page/tsconfig.json",
  "package.json",
  "tools/checks/arrow-table.ts",
  "tools/source-condition.mjs",
  "tools/source-condition.d.mts",
]) {
  mkdirSync(dirname(join(copy, name)), { recursive: true });
  copyFileSync(`${root}/${name}`, join(copy, name));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

function run(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(`${root}/node_modules/.bin/${command}`, args, {
    cwd: copy,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return stdout;
}

test("every import between folders that the table forbids is reported", () => {
  const folders = Object.keys(arrows).filter((folder) => !folder.includes("main"));
  const expected: string[] = [];
  for (const folder of folders) write(`${folder}/thing.ts`, "export const thing = 1;\n");
  write("test/thing.ts", "export const thing = 1;\n");
  for (const folder of folders) {
    const allowed = arrows[folder] ?? [];
    for (const other of [...folders, "test"].filter((name) => name !== folder && !allowed.includes(name))) {
      const path = `${folder}/from-${other.replaceAll("/", "-")}.ts`;
      write(path, `import { thing } from "#${other}/thing.ts";\nexport const copied = thing;\n`);
      expected.push(path);
    }
  }
  assert.ok(expected.length > 50);
  assert.deepEqual(brokenArrows(), expected.sort());
});

test("every import between folders of a room that the table forbids is reported", () => {
  const expected: string[] = [];
  for (const [room, table] of Object.entries(innerArrows)) {
    const folders = Object.keys(table).filter((child) => child !== "." && !child.endsWith(".ts"));
    for (const folder of folders) write(`${room}/${folder}/thing.ts`, "export const thing = 1;\n");
    for (const folder of folders) {
      const allowed = table[folder] ?? [];
      for (const other of folders.filter((name) => name !== folder && !allowed.includes(name))) {
        const path = `${room}/${folder}/inner-from-${other}.ts`;
        write(path, `import { thing } from "../${other}/thing.ts";\nexport const copied = thing;\n`);
        expected.push(path);
      }
    }
  }
  assert.ok(expected.length > 50);
  assert.deepEqual(
    brokenArrows().filter((path) => path.includes("/inner-from-")),
    expected.sort(),
  );
});

/** The files of the copy that break a rule of the arrow table, sorted. */
function brokenArrows(): readonly string[] {
  const folders = ["src", "webhooks", "cni", "certs", "page", "tools", "lab", "demo", "guides", "packages"];
  const output = run("depcruise", ["--config", ".dependency-cruiser.mjs", "--output-type", "json", ...folders]);
  const { summary } = JSON.parse(output) as {
    summary: { violations: readonly { from: string; rule: { name: string } }[] };
  };
  const told = summary.violations.filter(({ rule }) => rule.name.startsWith("arrows of")).map(({ from }) => from);
  return [...new Set(told)].sort();
}

const violations: readonly (readonly [string, string, string])[] = [
  ["express outside webhooks", "src/kube/edge.ts", 'import "express";\n'],
  ["node-forge outside certs", "webhooks/forge.ts", 'import "node-forge";\n'],
  ["the Kubernetes client outside src/kube", "certs/kube.ts", 'import "@kubernetes/client-node";\n'],
  ["a program run outside cni", "src/ovn/shell.ts", 'import "node:child_process";\n'],
  ["a cycle", "src/net/a.ts", 'import { b } from "./b.ts";\nexport const a = (): number => b();\n'],
  [
    "the inside of a package",
    "src/net/inside.ts",
    'import { thing } from "#packages/other/src/net/thing.ts";\nexport const x = thing;\n',
  ],
  [
    "a baseline that imports ours",
    "test/bench/baseline/loop.ts",
    'import { thing } from "#src/net/thing.ts";\nexport const x = thing;\n',
  ],
];

test("packages and programs outside their home, cycles and dependent baselines are refused", () => {
  write("packages/other/src/net/thing.ts", "export const thing = 1;\n");
  write("src/net/b.ts", 'import { a } from "./a.ts";\nexport const b = (): number => a();\n');
  for (const [, path, text] of violations) write(path, text);
  const output = run("depcruise", [
    "--config",
    ".dependency-cruiser.mjs",
    "--output-type",
    "json",
    "src",
    "webhooks",
    "certs",
    "test",
  ]);
  const { summary } = JSON.parse(output) as { summary: { violations: readonly { from: string }[] } };
  const told = new Set(summary.violations.map(({ from }) => from));
  for (const [what, path] of violations) assert.ok(told.has(path), what);
});

/** The linter's rule with the beginning of its message, the path of the file, and the text of the file. */
const lintCases: readonly (readonly [string, string, string])[] = [
  [
    "@typescript-eslint/no-restricted-imports: Import the source as it is named",
    "src/net/named-js.ts",
    'import "./thing.js";\n',
  ],
  [
    "@typescript-eslint/no-restricted-imports: This leaves the room",
    "src/net/leaves.ts",
    'import { thing } from "../core/thing.ts";\nexport const x = thing;\n',
  ],
  [
    "@typescript-eslint/no-restricted-imports: This leaves the room",
    "test/unit/net/leaves.ts",
    'import { thing } from "../../../src/core/thing.ts";\nexport const x = thing;\n',
  ],
  [
    "@typescript-eslint/no-restricted-imports: A package knows",
    "packages/thing/src/net/hash.ts",
    'import { thing } from "#src/net/thing.ts";\nexport const x = thing;\n',
  ],
  ["no-restricted-syntax: No barrels", "src/net/barrel.ts", 'export * from "./thing.ts";\n'],
  ["no-restricted-syntax: No barrels", "src/net/named-barrel.ts", 'export { thing } from "./thing.ts";\n'],
  ["no-restricted-syntax: No barrels", "packages/thing/src/net/thing.ts", 'export * from "./other.ts";\n'],
  ["no-restricted-syntax: File names are kebab-case", "src/net/camelCase.ts", "export const x = 1;\n"],
  ["no-restricted-syntax: File names are kebab-case", "src/net/snake_case.mjs", "export const x = 1;\n"],
  ["no-restricted-syntax: This name says nothing", "src/net/utils.ts", "export const x = 1;\n"],
  ["no-restricted-syntax: This name says nothing", "lab/index.mjs", "export const x = 1;\n"],
  ["max-lines", "src/net/long.ts", "export const x = 1;\n".padEnd(2_000, "//\n")],
  ["no-restricted-syntax: Named exports only", "src/net/default.ts", "export default 1;\n"],
  [
    "no-restricted-syntax: Write the properties",
    "src/net/wrapped.ts",
    "export const f = (a: number): object => ({ ...{ a } });\n",
  ],
  ["no-restricted-syntax: Time is handed in", "src/net/clock.ts", "export const now = (): number => Date.now();\n"],
  [
    "no-restricted-syntax: Randomness is handed in",
    "src/net/random.ts",
    "export const roll = (): number => Math.random();\n",
  ],
  [
    "no-restricted-syntax: Throw AppError",
    "src/net/plain.ts",
    'export function f(): void {\n  throw new Error("x");\n}\n',
  ],
  ["no-restricted-globals", "src/net/env.ts", "export const home = process.env.HOME;\n"],
  [
    "no-restricted-imports",
    "src/net/env-import.ts",
    'import { env } from "node:process";\nexport const home = env.HOME;\n',
  ],
  [
    "no-restricted-imports",
    "cni/raw-client.ts",
    'import { OvsdbClient } from "ovsdb-client";\nexport const x = OvsdbClient;\n',
  ],
  [
    "no-restricted-globals",
    "packages/thing/src/timer.ts",
    "export const later = (f: () => void): unknown => setTimeout(f, 1);\n",
  ],
  ["no-restricted-globals", "src/net/timer.ts", "export const later = (f: () => void): unknown => setTimeout(f, 1);\n"],
  [
    "no-restricted-syntax: Write elements",
    "page/parts/markup.ts",
    "export const show = (place: { innerHTML: string }, text: string): void => {\n  place.innerHTML = text;\n};\n",
  ],
  ["no-console", "src/net/print.ts", 'console.log("x");\n'],
  ["@typescript-eslint/no-explicit-any", "src/net/any.ts", "export const x = (y: any): unknown => y;\n"],
];

test("every rule of the house is alive", () => {
  for (const [, path, text] of lintCases) write(path, text);
  const output = run("eslint", ["--format", "json", ...lintCases.map(([, path]) => path)]);
  const results = JSON.parse(output) as readonly {
    readonly filePath: string;
    readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
  }[];
  for (const [rule, path] of lintCases) {
    const messages = results.find(({ filePath }) => filePath.endsWith(`/${path}`))?.messages ?? [];
    // The message about an import begins with the import itself.
    const told = messages.map(
      ({ ruleId, message }) => `${ruleId ?? ""}: ${message.replace(/^'.*?' import is .*?\. /, "")}`,
    );
    assert.ok(
      told.some((one) => one.startsWith(rule)),
      `${path} breaks ${rule}, told: ${told.join(", ")}`,
    );
  }
});

test("rules that know types are alive, also in the page and where a rule has exceptions", () => {
  const cases = [
    ["no-floating-promises", "src/net/floating.ts", "export const f = (p: Promise<void>): void => {\n  p;\n};\n"],
    ["no-unsafe-assignment", "page/parts/unsafe.ts", 'export const x: string = JSON.parse("1");\n'],
    ["require-await", "src/net/awaits.ts", "export const f = async (): Promise<number> => 1;\n"],
    [
      "restrict-template-expressions",
      "test/unit/print.ts",
      "export const f = (x: readonly string[]): string => `${x}`;\n",
    ],
  ] as const;
  const waits = "test/unit/waits.ts";
  for (const [, path, text] of cases) write(path, text);
  write(waits, "export const f = async (): Promise<number> => 1;\n");
  const output = run("oxlint", ["--format", "json", waits, ...cases.map(([, path]) => path)]);
  const { diagnostics } = JSON.parse(output) as {
    readonly diagnostics: readonly { readonly filename: string; readonly code: string }[];
  };
  const told = diagnostics.map(({ filename, code }) => `${code} ${filename}`).sort();
  assert.deepEqual(told, cases.map(([rule, path]) => `typescript(${rule}) ${path}`).sort());
});

test("an import without the extension of the file is refused by the compiler", () => {
  write("src/net/no-extension.ts", 'import { thing } from "./thing";\nexport const x = thing;\n');
  assert.match(run("../typescript-7/bin/tsc", ["-p", "."]), /src\/net\/no-extension\.ts.*TS2835/);
});
