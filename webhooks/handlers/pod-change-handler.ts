import type { DecideChange } from "#src/pods/pod-decision.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed } from "../admission/response.ts";
import { answerOf } from "./decision-answer.ts";

/** Handles the mutating entry for stored pods: lets `decide` decide about a change of their networks. */
export function createPodChangeHandler(decide: DecideChange): AdmissionHandler {
  return async ({ operation, object, oldObject, name, namespace, dryRun, userInfo }, context) => {
    if (operation !== "UPDATE" || object === undefined || oldObject === undefined) return allowed();
    return answerOf(
      await decide({ object, before: oldObject, name, namespace, dryRun, username: userInfo.username }, context),
    );
  };
}
