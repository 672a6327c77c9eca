// Documents name only npm scripts, subcommands, flags and error codes that exist. references.test.ts checks paths and links.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { requestReference } from "#src/api/request/request-reference.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { flagTable } from "#src/commands/flags/flags.ts";
import { conditionReasons } from "#src/core/condition-reasons.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import { root } from "#tools/source-files.ts";

const documents = globSync(["*.md", "docs/**/*.md", "deploy/**/*.md"], { cwd: root });
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { scripts: Record<string, string> };
const flags = new Set(Object.values(flagTable).map(({ flag }) => flag as string));

interface Mention {
  readonly document: string;
  readonly text: string;
}

/** The texts in backticks on one line, outside of fenced blocks. */
function codeMentions(): readonly Mention[] {
  return documents.flatMap((document) => {
    const text = readFileSync(`${root}/${document}`, "utf8").replace(/^```[\s\S]*?^```/gm, "");
    return [...text.matchAll(/`([^`\n]+)`/g)].map(([, inside = ""]) => ({ document, text: inside }));
  });
}

function wrong(pattern: RegExp, isKnown: (name: string) => boolean): readonly string[] {
  return codeMentions().flatMap(({ document, text }) => {
    const name = pattern.exec(text)?.[1];
    return name === undefined || isKnown(name) ? [] : [`${document}: ${text}`];
  });
}

test("there are documents to look at", () => {
  assert.ok(documents.length >= 5, documents.join(" "));
  assert.ok(codeMentions().length >= 100);
});

test("npm scripts in documents exist", () => {
  assert.deepEqual(
    wrong(/^npm (?:run )?([a-z0-9]+)/, (name) => Object.hasOwn(scripts, name) || name === "ci" || name === "install"),
    [],
  );
});

test("subcommands in documents exist", () => {
  assert.deepEqual(
    wrong(/^(?:kubectl )?ovn4nfv ([a-z-]+)/, (name) => Object.hasOwn(commandTable, name)),
    [],
  );
});

test("flags of ours in documents exist", () => {
  assert.deepEqual(
    wrong(/^ovn4nfv [a-z ]*--([a-z][a-z-]+)/, (name) => flags.has(name.replace(/^no-/, "")) || name === "config"),
    [],
  );
});

test("flags in remedies and meanings of codes and reasons exist", () => {
  const entries = Object.entries({ ...errorCodes, ...conditionReasons });
  const named = entries.flatMap(([code, { meaning, remedy }]) => {
    return [...`${meaning} ${remedy}`.matchAll(/--([a-z][a-z-]+)/g)].map(([, flag = ""]) => ({ code, flag }));
  });
  assert.ok(named.length >= 4, named.length.toString());
  assert.deepEqual(
    named.filter(({ flag }) => !flags.has(flag.replace(/^no-/, "")) && flag !== "help"),
    [],
  );
});

test("error codes in documents exist", () => {
  const likeACode =
    /^((?:[A-Z][a-z]+){1,3}(?:Invalid|InUse|OutOfRange|Reserved|Exhausted|Unavailable|Failed|Unknown|Full))$/;
  assert.deepEqual(
    wrong(likeACode, (name) => Object.hasOwn(errorCodes, name)),
    [],
  );
});

test("docs/dependencies.md has a reason for each package, and no package that is gone", () => {
  const packages = ["package.json", "tools/site/package.json"].flatMap((path) => {
    const manifest = JSON.parse(readFileSync(`${root}/${path}`, "utf8")) as Record<string, Record<string, string>>;
    return ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) => {
      return Object.keys(manifest[kind] ?? {});
    });
  });
  const text = readFileSync(`${root}/docs/dependencies.md`, "utf8");
  const rows = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);
  assert.deepEqual(rows.toSorted(), packages.toSorted());
});

test("docs/reference/annotations.md has each field of a request", () => {
  const text = readFileSync(`${root}/docs/reference/annotations.md`, "utf8");
  const [, section = ""] = /^## Fields of a request$([\s\S]*?)^## /m.exec(text) ?? [];
  for (const { title, fields } of requestReference()) {
    const table = section.slice(section.indexOf(`### ${title}`)).split("\n### ")[0] ?? "";
    for (const { key } of fields) assert.ok(table.includes(`\n| \`${key}\` |`), `${title}: ${key}`);
  }
});
