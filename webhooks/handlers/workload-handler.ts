import type { JudgeWorkload } from "#src/pods/workload/judge-workload.ts";
import type { AdmissionHandler } from "../admission/handler.ts";
import { allowed } from "../admission/response.ts";
import { answerOf } from "./decision-answer.ts";

/** Handles the validating entry for workloads: lets `judge` judge a pod template that is new or changed. */
export function createWorkloadHandler(judge: JudgeWorkload): AdmissionHandler {
  return async ({ operation, object, oldObject, namespace, kind }, context) => {
    const isChange = operation === "UPDATE" && oldObject !== undefined;
    if (object === undefined || (operation !== "CREATE" && !isChange)) return allowed();
    const before = isChange ? oldObject : undefined;
    const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    return answerOf(await judge({ kind: kind.kind, apiVersion, namespace, object, before }, context));
  };
}
