import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

const fixed = "the request fixes an address";
const remedy = "pods after the first are refused; leave ipAddress and macAddress out";

/** Says why two pods of the workload may run at the same time, and what to do about a fixed address; undefined if never. */
export function whyTwice(kind: string, workload: JsonObject): string | undefined {
  const spec = objectAt(workload, "spec");
  if (kind === "DaemonSet") return `${fixed}, and a DaemonSet has a pod on each node: ${remedy}`;
  if (kind === "CronJob") {
    const job = objectAt(objectAt(spec, "jobTemplate"), "spec");
    if (spec["concurrencyPolicy"] !== "Forbid" && spec["concurrencyPolicy"] !== "Replace") {
      return `${fixed}, and runs of the CronJob may overlap: set concurrencyPolicy to Forbid`;
    }
    return more(job["parallelism"], "parallelism");
  }
  if (kind === "Job") return more(spec["parallelism"], "parallelism");
  const many = more(spec["replicas"], "replicas");
  if (many !== undefined || kind !== "Deployment" || objectAt(spec, "strategy")["type"] === "Recreate") return many;
  return `${fixed}, and while a Deployment rolls it has an old and a new pod: set strategy.type to Recreate`;
}

function more(count: unknown, field: string): string | undefined {
  return typeof count === "number" && count > 1 ? `${fixed}, and ${field} is ${count}: ${remedy}` : undefined;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}
