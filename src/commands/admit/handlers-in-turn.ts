import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { type AllowedAnswer, allowed } from "#webhooks/admission/response.ts";
import { applyPatch } from "./apply-patch.ts";

/**
 * Asks handlers one after the other, each about what the one before has left, as the API server asks the entries of a
 * webhook; their answers as one, whose patch is of the object as it came. When one refuses, what those before it did is
 * undone.
 */
export function handlersInTurn(...handlers: readonly AdmissionHandler[]): AdmissionHandler {
  return async (request, context) => {
    let answers: AllowedAnswer = allowed();
    let { object } = request;
    for (const handler of handlers) {
      try {
        const answer = await handler({ ...request, object }, context);
        const warnings = [...(answers.warnings ?? []), ...(answer.warnings ?? [])];
        if (!answer.allowed) {
          await answers.undo?.();
          return { ...answer, warnings };
        }
        answers = join(answers, { ...answer, warnings });
        object = object && applyPatch(object, answer.patch);
      } catch (error) {
        await answers.undo?.();
        throw error;
      }
    }
    return answers;
  };
}

/** `second` brings the warnings of both. */
function join(first: AllowedAnswer, second: AllowedAnswer): AllowedAnswer {
  return {
    ...second,
    patch: [...first.patch, ...second.patch],
    auditAnnotations: { ...first.auditAnnotations, ...second.auditAnnotations },
    undo: async () => {
      await second.undo?.();
      await first.undo?.();
    },
    onHandedOver: () => {
      first.onHandedOver?.();
      second.onHandedOver?.();
    },
  };
}
