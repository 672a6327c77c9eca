import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "#tools/source-files.ts";

const page = readFileSync(`${root}/docs/logs.md`, "utf8");
const sources = globSync("{src,webhooks,cni,certs,packages/*/src}/**/*.ts", { cwd: root }).map((path) =>
  readFileSync(`${root}/${path}`, "utf8"),
);

test("every message that docs/logs.md explains is one that a process writes", () => {
  const rows = page
    .split("\n")
    .flatMap((line) => /^\| `([^`]+)` \| (?:all|webhook|controller|agent)/.exec(line)?.[1] ?? []);
  assert.ok(rows.length > 20, `${rows.length} rows`);
  const strange = rows.filter((message) => !sources.some((text) => text.includes(`"${message}"`)));
  assert.deepEqual(strange, []);
});

test("every error that a process writes by a constant message is explained there", () => {
  const messages = sources.flatMap((text) =>
    [...text.matchAll(/logger\.error\([^;]*?, "([^"]+)"/g)].map(([, one]) => one ?? ""),
  );
  assert.ok(messages.length > 5, `${messages.length} messages`);
  const missing = messages.filter((message) => !page.includes(message));
  assert.deepEqual(missing, []);
});
