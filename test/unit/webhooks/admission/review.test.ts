import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReview } from "#webhooks/admission/review.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";

const parse = (review: unknown) => parseReview(JSON.stringify(review));

test("the review of a pod without a name is read, and its object is handed on untouched", () => {
  const object = { metadata: { generateName: "web-", labels: { a: "b" } }, spec: { unknownField: [1, null] } };
  const parsed = parse(podReview({ object, name: undefined, dryRun: true }));
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.request.object, object);
  assert.equal(parsed.request.name, "");
  assert.equal(parsed.request.namespace, "default");
  assert.equal(parsed.request.operation, "CREATE");
  assert.equal(parsed.request.dryRun, true);
  assert.deepEqual(parsed.request.userInfo, { username: "kubernetes-admin", uid: "" });
});

test("nulls as the API server writes them are the same as absent fields", () => {
  const nulls = {
    oldObject: null,
    options: null,
    subResource: null,
    dryRun: null,
    userInfo: { username: "u", groups: null },
  };
  const parsed = parse(podReview(nulls));
  assert.ok(parsed.ok);
  assert.equal(parsed.request.oldObject, undefined);
  assert.equal(parsed.request.dryRun, false);
  assert.deepEqual(parsed.request.userInfo, { username: "u", uid: "" });
});

test("of the objects only metadata, spec and status are kept, and the envelope stays whole", () => {
  const kept = { metadata: { name: "a" }, spec: { x: 1 }, status: {} };
  const review = podReview({ object: { kind: "Pod", pad: [1, 2], ...kept }, oldObject: { pad: {}, spec: {} } });
  const parsed = parse(review);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.request.object, kept);
  assert.deepEqual(parsed.request.oldObject, { spec: {} });
  assert.deepEqual(parsed.request.options, { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" });
});

test("of the objects only what the entry looks at is kept", () => {
  const review = podReview({ object: { metadata: { name: "a" }, spec: {} }, oldObject: { metadata: { name: "b" } } });
  const parsed = parseReview(JSON.stringify(review), ({ metadata }) => ({ metadata }));
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.request.object, { metadata: { name: "a" } });
  assert.deepEqual(parsed.request.oldObject, { metadata: { name: "b" } });
});

test("fields of later versions are tolerated", () => {
  const review = { ...podReview({ newField: { deep: true } }), response: null, another: 1 };
  assert.ok(parse(review).ok);
});

const malformed: readonly (readonly [name: string, body: string, problem: RegExp])[] = [
  ["nothing", "", /not JSON/],
  ["half a document", '{"apiVersion":', /not JSON/],
  ["a list", "[]", /the review: /],
  ["null", "null", /the review: /],
  ["another kind", JSON.stringify({ ...podReview({}), kind: "Pod" }), /^kind: /],
  ["v1beta1", JSON.stringify({ ...podReview({}), apiVersion: "admission.k8s.io/v1beta1" }), /^apiVersion: /],
  ["no request", JSON.stringify({ ...podReview({}), request: undefined }), /^request: /],
  ["no uid", JSON.stringify(podReview({ uid: undefined })), /^request\.uid: /],
  ["an empty uid", JSON.stringify(podReview({ uid: "" })), /^request\.uid: /],
  ["an endless uid", JSON.stringify(podReview({ uid: "x".repeat(129) })), /^request\.uid: /],
  ["an unknown operation", JSON.stringify(podReview({ operation: "PATCH" })), /^request\.operation: /],
  ["a list as object", JSON.stringify(podReview({ object: [] })), /^request\.object: must be an object/],
  ["a text as dryRun", JSON.stringify(podReview({ dryRun: "true" })), /^request\.dryRun: /],
  ["a kind without a version", JSON.stringify(podReview({ kind: { kind: "Pod" } })), /^request\.kind\.version: /],
];

for (const [name, body, problem] of malformed) {
  test(`a review that is ${name} is not accepted, and the field is named`, () => {
    const parsed = parseReview(body);
    assert.ok(!parsed.ok);
    assert.match(parsed.problem, problem);
  });
}

test("the problem never repeats what was sent", () => {
  const parsed = parse(podReview({ operation: "SECRET-VALUE" }));
  assert.ok(!parsed.ok);
  assert.doesNotMatch(parsed.problem, /SECRET-VALUE/);
});
