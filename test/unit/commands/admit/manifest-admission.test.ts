import assert from "node:assert/strict";
import { test } from "node:test";
import { admitManifest } from "#src/commands/admit/manifest-admission.ts";
import { AppError, refusal } from "#src/core/errors.ts";
import type { DecidePod, NewPod } from "#src/pods/pod-decision.ts";

const call = { signal: new AbortController().signal, deadlineMs: Number.POSITIVE_INFINITY };
const pod = { kind: "Pod", metadata: { generateName: "web-", namespace: "dev" } };
const manifest = { pod, controller: undefined };
const unchanged: DecidePod = () => Promise.resolve({ kind: "unchanged", warnings: [] });

test("the pod is decided about as it stands in the manifest, and the patch applied", async () => {
  let seen: NewPod | undefined;
  const decide: DecidePod = (created) => {
    seen = created;
    const patch = [{ op: "add", path: "/metadata/labels", value: { a: "b" } }] as const;
    return Promise.resolve({ kind: "patched", patch, warnings: [], reservation: undefined });
  };
  const admitted = await admitManifest(manifest, decide, true, call);
  assert.equal(admitted.pod, "dev/web-*");
  assert.deepEqual(admitted.stored, { kind: "Pod", metadata: { ...pod.metadata, labels: { a: "b" } } });
  assert.deepEqual(seen, {
    object: pod,
    namespace: "dev",
    dryRun: true,
    controller: undefined,
    username: "ovn4nfv admit",
  });
});

test("a pod that asks for nothing is stored as it is", async () => {
  assert.equal((await admitManifest(manifest, unchanged, true, call)).stored, pod);
});

test("a refusal that is thrown is a decision, a fault is not", async () => {
  const details = { field: "x", value: 1, reason: "is wrong", remedy: "correct it" };
  const refuse = () => Promise.reject(refusal("Malformed", details));
  const { decision, stored } = await admitManifest(manifest, refuse, true, call);
  assert.equal(decision.kind, "refused");
  assert.equal(stored, undefined);
  const fail = () => Promise.reject(new AppError("NotConnected", "gone"));
  await assert.rejects(admitManifest(manifest, fail, true, call), { code: "NotConnected" });
});

test("what is no pod is refused without asking", async () => {
  const never: DecidePod = () => assert.fail("was asked");
  assert.equal(
    (await admitManifest({ ...manifest, pod: { metadata: 1 } }, never, true, call)).decision.kind,
    "refused",
  );
});
