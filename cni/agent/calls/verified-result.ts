import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { type AppError, fromUnknown } from "#src/core/errors.ts";
import type { PodResult, PodResults } from "../pods/pod-results.ts";

export interface VerifyingParts {
  readonly results: Pick<PodResults, "verified">;
  /** Called for a pod whose result was not made by a webhook of ours, so that people are told. */
  readonly onForged: (pod: PodMetadata, error: AppError) => void;
}

/** The verified result of a pod; undefined when it has none. People are told of a forged one. Throws what `PodResults.verified` throws. */
export async function verifiedResult(
  pod: PodMetadata,
  { results, onForged }: VerifyingParts,
): Promise<PodResult | undefined> {
  try {
    return await results.verified(pod);
  } catch (caught) {
    const error = fromUnknown(caught);
    onForged(pod, error);
    throw error;
  }
}
