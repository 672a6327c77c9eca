import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { JsonPatch } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";

const names = fc.constantFrom("a", "b/c", "d~e", "~1", "/", "x.org/y~0z", "");
const texts = fc.constantFrom("1", "2", "3");
const maps = fc.option(fc.option(fc.dictionary(names, texts, { maxKeys: 4, noNullPrototype: true }), { nil: null }), {
  nil: undefined,
});
const lists = fc.option(fc.uniqueArray(texts, { maxLength: 3 }), { nil: undefined });

interface Metadata {
  annotations: Record<string, string> | null | undefined;
  labels: Record<string, string> | null | undefined;
  finalizers: string[] | undefined;
}

const pods = fc.record({
  kind: fc.constant("Pod"),
  metadata: fc.option(fc.record({ annotations: maps, labels: maps, finalizers: lists }), { nil: undefined }),
});

type Edit =
  | { kind: "set"; map: "annotations" | "labels"; name: string; text: string }
  | { kind: "remove"; map: "annotations" | "labels"; name: string }
  | { kind: "append" | "removeFrom"; text: string };

const mapNames = fc.constantFrom("annotations" as const, "labels" as const);
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("set" as const), map: mapNames, name: names, text: texts }),
    fc.record({ kind: fc.constant("remove" as const), map: mapNames, name: names }),
    fc.record({ kind: fc.constantFrom("append" as const, "removeFrom" as const), text: texts }),
  ),
  { maxLength: 12 },
);

const clone = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Edits the pod like a person, field by field. */
function editByHand(before: JsonObject, all: readonly Edit[]): unknown {
  const pod = clone(before) as { metadata?: Partial<Metadata> };
  for (const edit of all) {
    if (edit.kind === "set") ((pod.metadata ??= {})[edit.map] ??= {})[edit.name] = edit.text;
    else if (edit.kind === "remove") delete pod.metadata?.[edit.map]?.[edit.name];
    else if (edit.kind === "append") {
      const list = ((pod.metadata ??= {}).finalizers ??= []);
      if (!list.includes(edit.text)) list.push(edit.text);
    } else if (pod.metadata?.finalizers)
      pod.metadata.finalizers = pod.metadata.finalizers.filter((text) => text !== edit.text);
  }
  return pod;
}

function patchFor(before: JsonObject, all: readonly Edit[]): JsonPatch {
  const patch = new JsonPatch(before);
  for (const edit of all) {
    if (edit.kind === "set") patch.set(["metadata", edit.map, edit.name], edit.text);
    else if (edit.kind === "remove") patch.remove(["metadata", edit.map, edit.name]);
    else if (edit.kind === "append") patch.append(["metadata", "finalizers"], edit.text);
    else patch.removeFrom(["metadata", "finalizers"], edit.text);
  }
  return patch;
}

/** Empty containers and absent ones are the same object to Kubernetes (omitempty). */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const inner = withoutEmpty(member);
    const isEmpty = inner === null || (typeof inner === "object" && Object.keys(inner).length === 0);
    return isEmpty ? [] : [[name, inner] as const];
  });
  return Object.fromEntries(kept);
}

const sorted = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, member: unknown) =>
    key === "finalizers" ? [...(member as string[])].sort() : member,
  );

test("applying the patch gives the pod as it would be edited by hand", () => {
  fc.assert(
    fc.property(pods, edits, (pod, all) => {
      const before = clone(pod) as JsonObject;
      const after = clone(before);
      const errors = applyPatch(after, patchFor(before, all).operations()).filter((error) => error !== null);
      assert.deepEqual(errors, []);
      // The order of finalizers has no meaning. An edit by hand that removes one and appends it again moves it to the end.
      assert.deepEqual(sorted(withoutEmpty(after)), sorted(withoutEmpty(editByHand(before, all))));
    }),
    { numRuns: 2_000 },
  );
});

test("a patch of what is as wanted already is empty", () => {
  fc.assert(
    fc.property(pods, edits, (pod, all) => {
      const before = clone(pod) as JsonObject;
      const after = clone(before);
      applyPatch(after, patchFor(before, all).operations());
      assert.deepEqual(patchFor(after as JsonObject, all).operations(), []);
    }),
    { numRuns: 1_000 },
  );
});

test("the object that the patch is made for is never changed", () => {
  fc.assert(
    fc.property(pods, edits, (pod, all) => {
      const before = clone(pod) as JsonObject;
      const text = JSON.stringify(before);
      patchFor(before, all).operations();
      assert.equal(JSON.stringify(before), text);
    }),
  );
});
