import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTap } from "#src/api/tap/tap-config.ts";
import { createReadingHandler } from "#webhooks/handlers/reading-handler.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";

type Review = Parameters<AdmissionHandler>[0];

const handler = createReadingHandler((object) => parseTap(object).warnings);
const metadata = { name: "web", namespace: "shop" };
const wrong = { metadata, spec: { sources: {}, sink: {} } };

async function answer(object: object, operation = "CREATE") {
  return handler({ object, operation } as unknown as Review, {} as unknown as Parameters<AdmissionHandler>[1]);
}

test("what cannot be read is refused, and warnings are passed on", async () => {
  const refused = await answer(wrong);
  assert.equal(refused.allowed, false);
  const spec = { sources: { podSelector: {} }, sink: { podSelector: {} } };
  const taken = await answer({ metadata, spec });
  assert.equal(taken.allowed, true);
  assert.equal(taken.warnings?.length, 1);
});

test("an object that is deleted, or is being deleted, is let through however wrong it is", async () => {
  assert.equal((await answer(wrong, "DELETE")).allowed, true);
  const going = { ...wrong, metadata: { ...metadata, deletionTimestamp: "2026-11-29T00:00:00Z" } };
  assert.equal((await answer(going, "UPDATE")).allowed, true);
});
