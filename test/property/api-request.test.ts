import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseRequest } from "#src/api/request/request.ts";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { refusalsIn } from "#src/core/refusals.ts";
import { type AppError, isRefusal } from "#src/core/errors.ts";
import { goodAnnotation, malformedAnnotation } from "#test/fixtures/api/malformed-annotation.ts";
import { refusalParts } from "#test/fixtures/api/refusal-parts.ts";
import { requestMistakes } from "#test/fixtures/api/request-mistakes.ts";

/** The result of a parse. Anything except a request or a complete refusal makes the test fail. */
function outcome(annotations: Readonly<Record<string, string>>): string {
  try {
    const { request, warnings } = parseRequest(annotations);
    for (const warning of warnings) assert.ok(warning.length <= 120, warning);
    return request === undefined ? "nothing" : "request";
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { field, reason, remedy } = error.details;
    assert.ok(Object.hasOwn(error.details, "value"));
    for (const text of [field, reason, remedy]) assert.ok(text.length > 1, error.message);
    assert.ok(
      Object.keys(annotations).some((key) => field.startsWith(key)),
      field,
    );
    assert.ok(
      error.message.isWellFormed() && error.message.split("\n").every((line) => line.length < 1000),
      error.message,
    );
    return error.code;
  }
}

function refusalOf(annotations: Readonly<Record<string, string>>): AppError<RefusalCode> {
  try {
    parseRequest(annotations);
  } catch (error) {
    if (isRefusal(error)) return error;
  }
  return assert.fail("it was not refused");
}

describe("malformed requests", () => {
  const all = Array.from({ length: 500 }, (_, seed) => malformedAnnotation(seed));

  it("are refused with field, value, reason and remedy, each of 500", () => {
    for (const { mistake, annotations } of all) {
      const code = outcome(annotations);
      const text = JSON.stringify(annotations).slice(0, 400);
      assert.ok(["Malformed", "InterfaceInvalid", "RouteInvalid"].includes(code), `${mistake}: ${code}: ${text}`);
    }
  });

  it("are refused by a message whose parts can be read back, with the value of the field", () => {
    for (const { annotations } of all) {
      const told = refusalOf(annotations);
      for (const { details, message } of refusalsIn(told)) {
        const parts = refusalParts(message, annotations);
        const { field, reason, remedy } = details;
        assert.deepEqual([parts.field, `${parts.reason}; ${parts.remedy}`], [field, `${reason}; ${remedy}`]);
        assert.ok(told.message.split("\n").includes(message));
      }
    }
  });

  it("would be accepted without their mistake", () => {
    for (const seed of all.keys()) assert.equal(outcome(goodAnnotation(seed)), "request");
  });

  it("are at least 400 different ones, of every kind", () => {
    assert.ok(new Set(all.map(({ annotations }) => JSON.stringify(annotations))).size >= 400);
    assert.equal(new Set(all.map(({ mistake }) => mistake)).size, Object.keys(requestMistakes).length);
  });

  it("are the same for the same seed", () => {
    assert.deepEqual(malformedAnnotation(77), malformedAnnotation(77));
  });
});

describe("any annotation", () => {
  const keys = [annotationKeys.request.key, annotationKeys.earlyRequest.key, annotationKeys.earlyRoutes.key];
  const words = fc.constantFrom(
    "type",
    "interface",
    "name",
    "ipAddress",
    "routes",
    "dst",
    "gw",
    "dev",
    "__proto__",
    "ovn4nfv",
  );
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.oneof(words, fc.ipV4(), fc.string(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true })),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(words, fc.string()), tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  const framed = json.map((element) => ({ type: "ovn4nfv", interface: [element] }));
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    json.map((value) => JSON.stringify(value)),
    framed.map((value) => JSON.stringify(value)),
  );

  it("is parsed, or refused completely, and never ends otherwise", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), text), (annotations) => {
        outcome(annotations);
      }),
      { numRuns: 2000 },
    );
  });
});
