import assert from "node:assert/strict";
import { test } from "node:test";
import { whyTwice } from "#src/pods/workload/runs-twice.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";

const cases: readonly (readonly [string, string, JsonObject, RegExp | undefined])[] = [
  ["a DaemonSet runs on each node", "DaemonSet", {}, /DaemonSet.*leave ipAddress/],
  ["replicas above one", "StatefulSet", { replicas: 3 }, /replicas is 3/],
  ["a StatefulSet of one replaces its pod only when it is gone", "StatefulSet", { replicas: 1 }, undefined],
  ["a Deployment of one rolls by default", "Deployment", {}, /strategy.type to Recreate/],
  ["a Deployment of one that is re-created", "Deployment", { strategy: { type: "Recreate" } }, undefined],
  [
    "a Deployment of two that is re-created",
    "Deployment",
    { replicas: 2, strategy: { type: "Recreate" } },
    /replicas is 2/,
  ],
  ["a ReplicaSet of one", "ReplicaSet", { replicas: 1 }, undefined],
  ["a Job in parallel", "Job", { parallelism: 2 }, /parallelism is 2/],
  ["a Job one after the other", "Job", {}, undefined],
  ["a CronJob may overlap by default", "CronJob", {}, /concurrencyPolicy to Forbid/],
  ["a CronJob that never overlaps", "CronJob", { concurrencyPolicy: "Forbid" }, undefined],
  [
    "a CronJob whose job is parallel",
    "CronJob",
    { concurrencyPolicy: "Replace", jobTemplate: { spec: { parallelism: 4 } } },
    /parallelism is 4/,
  ],
];

for (const [title, kind, spec, told] of cases) {
  test(title, () => {
    const why = whyTwice(kind, { spec });
    if (told === undefined) assert.equal(why, undefined);
    else assert.match(why ?? "", told);
  });
}
