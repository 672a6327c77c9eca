import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics, processMetrics } from "#src/core/metrics.ts";

test("a counter adds, a gauge sets, a histogram observes, under the names of the table", async () => {
  const metrics = createMetrics();
  metrics.count("ovn4nfv_admission_requests_total", { entry: "pods", result: "allowed" });
  metrics.count("ovn4nfv_admission_requests_total", { entry: "pods", result: "allowed" }, 2);
  metrics.set("ovn4nfv_webhook_in_flight", {}, 4);
  metrics.observe("ovn4nfv_admission_duration_seconds", { entry: "pods" }, 0.003);
  const text = await metrics.registry.metrics();
  assert.match(text, /^ovn4nfv_admission_requests_total{entry="pods",result="allowed"} 3$/m);
  assert.match(text, /^ovn4nfv_webhook_in_flight 4$/m);
  assert.match(text, /^ovn4nfv_admission_duration_seconds_bucket{le="0\.005",entry="pods"} 1$/m);
});

test("a process shows only the metrics that it has used, and no two share a registry", async () => {
  createMetrics().set("ovn4nfv_webhook_in_flight", {}, 1);
  assert.equal((await createMetrics().registry.metrics()).trim(), "");
});

test("process metrics are there when they are asked for", async () => {
  assert.match(await createMetrics(undefined, processMetrics).registry.metrics(), /^process_cpu_seconds_total /m);
});

test("a gauge that is cleared shows no labels that are gone", async () => {
  const metrics = createMetrics();
  metrics.clear("workqueue_depth");
  metrics.set("workqueue_depth", { name: "a" }, 1);
  metrics.clear("workqueue_depth");
  metrics.set("workqueue_depth", { name: "b" }, 2);
  const text = await metrics.registry.metrics();
  assert.doesNotMatch(text, /name="a"/);
  assert.match(text, /^workqueue_depth{name="b"} 2$/m);
});
