// Handlers of webhook entries. They take a review apart, have src/pods decide, and answer with the decision.
import type { PodDecision } from "#src/pods/pod-decision.ts";
import { type AdmissionAnswer, allowed, denied, patched } from "../admission/response.ts";

/** The answer that tells a decision to the API server; the audit annotations name the allocation, or who has the address. */
export function answerOf(decision: PodDecision): AdmissionAnswer {
  const { warnings } = decision;
  switch (decision.kind) {
    case "unchanged":
      return allowed({ warnings });
    case "refused": {
      const { holder } = decision.error.details;
      return denied(decision.error, { warnings, ...(holder === undefined ? {} : { auditAnnotations: { holder } }) });
    }
    case "patched": {
      const { patch, reservation } = decision;
      if (reservation === undefined) return patched(patch, { warnings });
      const { allocation, confirm, rollBack } = reservation;
      return patched(patch, { warnings, auditAnnotations: { allocation }, onHandedOver: confirm, rollBack });
    }
  }
}
