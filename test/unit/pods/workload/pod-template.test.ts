import assert from "node:assert/strict";
import { test } from "node:test";
import { podOf, workloadController } from "#src/pods/workload/pod-template.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [] } };

test("a pod gets the namespace that it lacks, and keeps the one that it has", () => {
  assert.deepEqual(podOf("Pod", { metadata: { name: "a" } }, "dev"), { metadata: { name: "a", namespace: "dev" } });
  assert.deepEqual(podOf("Pod", { metadata: { name: "a", namespace: "x" } }, "dev"), {
    metadata: { name: "a", namespace: "x" },
  });
});

test("a workload gives the first pod that its controller would create", () => {
  for (const kind of ["Deployment", "ReplicaSet", "DaemonSet", "Job"]) {
    assert.deepEqual(podOf(kind, { metadata: { name: "web", namespace: "x" }, spec: { template } }, "dev"), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { labels: { app: "web" }, generateName: "web-", namespace: "x" },
      spec: { containers: [] },
    });
  }
  const stateful = podOf("StatefulSet", { metadata: { name: "db" }, spec: { template } }, "dev");
  assert.deepEqual(stateful?.["metadata"], { labels: { app: "web" }, name: "db-0", namespace: "dev" });
  const later = podOf("StatefulSet", { metadata: { name: "db" }, spec: { template, ordinals: { start: 3 } } }, "dev");
  assert.deepEqual(later?.["metadata"], { labels: { app: "web" }, name: "db-3", namespace: "dev" });
  const cron = podOf("CronJob", { metadata: { name: "n" }, spec: { jobTemplate: { spec: { template } } } }, "dev");
  assert.deepEqual(cron?.["metadata"], { labels: { app: "web" }, generateName: "n-", namespace: "dev" });
});

test("a workload is the controller of its pods, also before it is stored", () => {
  const object = { apiVersion: "apps/v1", metadata: { name: "db" }, spec: { template } };
  const controller = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "" };
  assert.deepEqual(workloadController("StatefulSet", object), controller);
  const stored = { ...object, metadata: { name: "db", uid: "u" } };
  assert.deepEqual(workloadController("StatefulSet", stored), { ...controller, uid: "u" });
  assert.equal(workloadController("Pod", object), undefined);
});

test("objects without pods give none, whatever they are called", () => {
  assert.equal(podOf("Service", { metadata: { name: "web" } }, "dev"), undefined);
  assert.equal(podOf("Deployment", { metadata: { name: "web" } }, "dev"), undefined);
  assert.equal(podOf("toString", { spec: { template } }, "dev"), undefined);
});
