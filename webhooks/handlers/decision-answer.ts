// Turns the decision about a pod into the answer to the API server.
import type { PodDecision } from "#src/pods/pod-decision.ts";
import { type AdmissionAnswer, allowed, denied, patched } from "../admission/response.ts";

/** Makes the answer to the API server. Its audit annotation names the allocation, or who holds the address asked for. */
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
