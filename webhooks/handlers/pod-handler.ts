import type { DecidePod } from "#src/pods/pod-decision.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed } from "../admission/response.ts";
import { answerOf } from "./decision-answer.ts";

/** Handles a mutating entry for pods: lets `decide` decide about the pod that is being created. */
export function createPodHandler(decide: DecidePod): AdmissionHandler {
  return async ({ operation, object, namespace, dryRun, userInfo }, context) => {
    if (operation !== "CREATE" || object === undefined) return allowed();
    return answerOf(await decide({ object, namespace, dryRun, username: userInfo.username }, context));
  };
}
