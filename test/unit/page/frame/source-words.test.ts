import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceWords } from "#page/frame/source-words.ts";

const source = { version: "0.2.0", at: "2026-11-29T12:00:00Z", omitted: [] } as const;

test("a page that shows everything without asking for rights says so", () => {
  assert.match(
    sourceWords({ ...source, source: "northbound", sees: "everything" }),
    /shows everything and knows no rights/,
  );
});

test("a page that shows what its reader may see says so, and names what is missing", () => {
  const omitted = [{ kind: "pod", why: "you may not list pods" }] as const;
  const said = sourceWords({ ...source, source: "cluster", sees: "what you may read", omitted });
  assert.match(said, /You see what you may read\. No pod is shown, or not all: you may not list pods\./);
});
