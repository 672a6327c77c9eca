import { measureJson } from "#src/api/text/json-measure.ts";

/**
 * A review has fewer values, and is flatter. An object of 3 MiB, the most that the API server takes, has about 130,000
 * values when it is one that people write, and a pod has about 12 levels.
 */
const maxReviewValues = 262_144;
const maxReviewDepth = 100;

/** V8 takes 10 to 120 bytes for a value, besides its text. */
const valueBytes = 96;

export type ReviewWeight =
  | { readonly kind: "bearable"; readonly parsedBytes: number }
  | { readonly kind: "too-complex"; readonly detail: string };

/** Estimates the memory that a review takes when it is parsed. It looks at the bytes only, and makes nothing of them. */
export function weighReview(bytes: Buffer): ReviewWeight {
  const { values, depth } = measureJson(bytes);
  if (values > maxReviewValues) return tooComplex(`${values} values, and it may have ${maxReviewValues}`);
  if (depth > maxReviewDepth) return tooComplex(`${depth} levels, and it may have ${maxReviewDepth}`);
  return { kind: "bearable", parsedBytes: bytes.length + values * valueBytes };
}

function tooComplex(detail: string): ReviewWeight {
  return { kind: "too-complex", detail };
}
