import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

const cure = "pods after the first are refused; leave ipAddress and macAddress out";

/** Says why two pods of the workload may run at the same time, and what to do about a fixed address; undefined if never. */
export function whyTwice(kind: string, workload: JsonObject): string | undefined {
  const spec = objectAt(workload, "spec");
  if (kind === "DaemonSet") return `a fixed address in a DaemonSet, which has a pod on each node: ${cure}`;
  if (kind === "CronJob") {
    const job = objectAt(objectAt(spec, "jobTemplate"), "spec");
    if (spec["concurrencyPolicy"] !== "Forbid" && spec["concurrencyPolicy"] !== "Replace") {
      return "a fixed address in a CronJob whose runs may overlap: set concurrencyPolicy to Forbid";
    }
    return more(job["parallelism"], "parallelism");
  }
  if (kind === "Job") return more(spec["parallelism"], "parallelism");
  const many = more(spec["replicas"], "replicas");
  if (many !== undefined || kind !== "Deployment" || objectAt(spec, "strategy")["type"] === "Recreate") return many;
  return "a fixed address in a Deployment that rolls, where old and new pod overlap: set strategy.type to Recreate";
}

function more(count: unknown, field: string): string | undefined {
  return typeof count === "number" && count > 1 ? `a fixed address with ${field} ${count}: ${cure}` : undefined;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}
