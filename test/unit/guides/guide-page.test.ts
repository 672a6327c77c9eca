import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGuidePage } from "#guides/guide-page.ts";

const parse = (...lines: readonly string[]) => parseGuidePage("page", "docs/guides/page.md", lines.join("\n"));
const end = ["## Clean up", "```sh", "rm file", "```", ""];

test("a page has its title, and its steps with the lines of their commands and of what they print", () => {
  const page = parse(
    "# A title",
    "Some words.",
    "## First",
    "```sh",
    "echo a",
    "echo b",
    "```",
    "prints",
    "```output",
    "a",
    "b",
    "```",
    "```console",
    "$ htop",
    "```",
    "```sh exit=4",
    "check",
    "```",
    ...end,
  );
  assert.equal(page.title, "A title");
  assert.deepEqual(page.steps, [
    { line: 5, lines: ["echo a", "echo b"], status: 0, expected: { line: 10, lines: ["a", "b"] } },
    { line: 17, lines: ["check"], status: 4, expected: undefined },
    { line: 21, lines: ["rm file"], status: 0, expected: undefined },
  ]);
  assert.deepEqual(page.cleanUp, page.steps.slice(2));
});

test("a heading inside a block is text of the block", () => {
  const { steps } = parse("# A title", "```sh", "## no section", "```", ...end);
  assert.deepEqual(steps[0]?.lines, ["## no section"]);
});

const malformed: readonly (readonly [what: string, lines: readonly string[], message: RegExp])[] = [
  ["a page without a title", ["Some words.", ...end], /:1: .*begin with "# "/],
  ["a page without a last section", ["# T", "```sh", "true", "```"], /:4: .*"## Clean up"/],
  ["a last section of another name", ["# T", ...end, "## More"], /:7: .*must be the last section/],
  ["a last section without commands", ["# T", "## Clean up", "Nothing."], /:2: "## Clean up" has no block of commands/],
  ["output before all commands", ["# T", "```output", "a", "```", ...end], /:2: .*no block of commands before it/],
  [
    "output for a second time",
    ["# T", "```sh", "a", "```", "```output", "a", "```", "```output", "b", "```", ...end],
    /:8: .*no block of commands before it/,
  ],
  [
    "output in another section than its commands",
    ["# T", "## S", "```sh", "a", "```", "## U", "```output", "a", "```", ...end],
    /:7: .*no block of commands before it/,
  ],
  [
    "output behind a block that is only shown",
    ["# T", "```sh", "a", "```", "```console", "b", "```", "```output", "b", "```", ...end],
    /:8: .*no block of commands before it/,
  ],
  ["a block that is not closed", ["# T", ...end, "```sh", "true"], /:7: the block that begins here is not closed/],
  ["a block without a language", ["# T", "```", "true", "```", ...end], /:2: the block has no language/],
  ["an unknown language", ["# T", "```outptu", "a", "```", ...end], /:2: .*"outptu"; did you mean output\?/],
  ["a language far from all others", ["# T", "```typescript", "a", "```", ...end], /"typescript": write sh, output/],
  ["an indented block", ["# T", "  ```sh", "  true", "  ```", ...end], /:2: .*at the beginning of a line/],
  ["a fence of waves", ["# T", "~~~", "true", "~~~", ...end], /:2: /],
  ["a fence of four", ["# T", "````sh", "true", "````", ...end], /:2: /],
  ["an empty block of commands", ["# T", "```sh", "", "```", ...end], /:2: the block is empty/],
  ["an empty output", ["# T", "```sh", "true", "```", "```output", "```", ...end], /:5: the block is empty/],
  ["exit status 0", ["# T", "```sh exit=0", "true", "```", ...end], /:2: "exit=0" is not exit=N/],
  ["an exit status that there is not", ["# T", "```sh exit=256", "true", "```", ...end], /:2: "exit=256"/],
  ["a wrong word behind sh", ["# T", "```sh fails", "true", "```", ...end], /:2: "fails" is not exit=N/],
  ["two words behind sh", ["# T", "```sh exit=1 exit=2", "true", "```", ...end], /:2: "exit=1 exit=2"/],
  [
    "a word behind output",
    ["# T", "```sh", "a", "```", "```output exit=1", "a", "```", ...end],
    /:5: nothing may stand/,
  ],
  ["a word behind console", ["# T", "```console x", "a", "```", ...end], /:2: nothing may stand behind console: "x"/],
];

for (const [what, lines, message] of malformed) {
  test(`refused: ${what}`, () => {
    assert.throws(() => parse(...lines), message);
  });
}
