// Comments are whole sentences. A pattern cannot prove that, but it finds the openings that never lead to one.
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "#tools/source-files.ts";
import { commentsOf, commentTexts, opensAsFragment } from "./comments.ts";

/** The number of fragments that a folder may have. It only falls, and a folder that is not listed has none. */
const fragmentsLeft: Readonly<Record<string, number>> = {
  "src/controllers": 2,
  "src/ipam": 5,
  "src/ovn": 1,
  "src/pods": 2,
  webhooks: 4,
};
const folders = [
  "certs",
  "cni",
  "demo",
  "deploy",
  "guides",
  "lab",
  "page",
  "test",
  "tools",
  "webhooks",
  ...sourceRooms(),
];

function sourceRooms(): readonly string[] {
  const rooms = readdirSync(`${root}/src`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return rooms.map(({ name }) => `src/${name}`);
}

for (const folder of folders) {
  test(`comments of ${folder} do not open as a fragment`, () => {
    const patterns = [`${folder}/**/*.{ts,tsx,c,h,yaml,sh}`, `${folder}/Dockerfile`];
    const sources = globSync(patterns, { cwd: root, exclude: ["**/node_modules/**"] });
    const comments = sources.flatMap((path) =>
      commentTexts(path, readFileSync(`${root}/${path}`, "utf8")).map((comment) => ({ path, comment })),
    );
    assert.ok(comments.length > 5, `${comments.length.toString()} comments`);
    const found = comments.filter(({ comment }) => opensAsFragment(comment));
    const most = fragmentsLeft[folder] ?? 0;
    const told = found.map(({ path, comment }) => `${path}: ${comment}`).join("\n");
    assert.ok(found.length <= most, `${found.length.toString()} instead of ${most.toString()}:\n${told}`);
  });
}

const fragments = [
  "What a connection needs.",
  "How long creates in flight are given to end",
  "As who a port holds what.",
  "As it is typed, without the dashes.",
  "Of the two network namespaces of an order.",
  "Of several encapsulations that there are: the largest.",
  "Who reports: the controller.",
  "Those that are there.",
  "Beside no Kubernetes: those with these names",
  "The keys of a token. Whose pod is gone.",
];

for (const comment of fragments) {
  test(`"${comment}" opens as a fragment`, () => {
    assert.ok(opensAsFragment(comment));
  });
}

test("a sentence may begin with a phrase, when a subject follows, and a question may be asked", () => {
  for (const sentence of [
    "As in client-go, the file goes before a token in the kubeconfig.",
    "Of several encapsulations, the one with the largest header counts.",
    "Beside the pods, Networks are read.",
    "What is there? Nobody knows.",
    "The MTU of pods: the flag's, else what fits.",
  ]) {
    assert.equal(opensAsFragment(sentence), false, sentence);
  }
});

test("line comments that follow each other are read as one, and marks of blocks are left out", () => {
  assert.deepEqual(commentTexts("a.ts", "// One\n// more.\n\n// Two.\n/**\n * Three\n * parts.\n */\nf(); // four\n"), [
    "One more.",
    "Two.",
    "Three parts.",
    "four",
  ]);
  assert.deepEqual(commentTexts("a.c", "/* One\n * more. */\nint i; /* two */"), ["One more.", "two"]);
  assert.deepEqual(commentTexts("a.yaml", "# One\n# more.\na: b # two\n"), ["One more.", "two"]);
});

test("comments are told from texts that look like them, in each language", () => {
  const script =
    'const a = "// no"; // one\n/** two */\nconst b = /["`]/; const c = `/* ${a /* three */} */`; // four\n';
  assert.equal(commentsOf("a.ts", script), "// one\n/** two */\n/* three */\n// four");
  assert.equal(
    commentsOf("a.c", 'puts("/* no */"); /* one */ // two').trim(),
    "/* one */ // two".replace(" //", "\n//"),
  );
  assert.equal(commentsOf("a.yaml", "# one\na: b#no # two\n").trim(), "# one\n# two");
});
