import assert from "node:assert/strict";
import { test } from "node:test";
import { PodWatch } from "#cni/agent/pods/pod-watch.ts";
import { type PodMetadata, readPod } from "#src/api/pod/pod-metadata.ts";
import type { InformerHandler } from "#src/kube/informer/informer.ts";
import { signedPod } from "#test/fixtures/cni/signed-pod.ts";

const pod = readPod(signedPod());
const { signal } = new AbortController();

function started() {
  let handler: InformerHandler<PodMetadata> = {};
  const watch = new PodWatch({
    addHandler(given) {
      handler = given;
      return () => {};
    },
  });
  /** An ADD that waits until it is told to give up. */
  const wiring = (sandbox: string) =>
    watch.during(
      pod,
      sandbox,
      signal,
      (inner) => new Promise((_, reject) => inner.addEventListener("abort", () => reject(new Error("stopped")))),
    );
  return { handler, watch, wiring };
}

test("an ADD gives up when its pod is deleted, or is to be; another pod of the name is no reason", async () => {
  const { handler, wiring } = started();
  const first = wiring("a");
  handler.deleted?.(readPod(signedPod({ uid: "u0" })));
  handler.updated?.(pod, pod);
  handler.deleted?.(pod);
  await assert.rejects(first, { code: "SandboxUnknown", message: /default\/web was deleted/ });
  const second = wiring("a");
  handler.updated?.(pod, readPod(signedPod({ deletionTimestamp: "2026-01-01T00:00:00Z" })));
  await assert.rejects(second, { code: "SandboxUnknown" });
});

test("a newer sandbox of the pod stops the older one's ADD; a second attachment of the same sandbox does not", async () => {
  const { watch, wiring } = started();
  const older = wiring("old");
  assert.equal(await watch.during(pod, "old", signal, async () => "another attachment"), "another attachment");
  assert.equal(await watch.during(pod, "new", signal, async () => "newer"), "newer");
  await assert.rejects(older, { code: "SandboxUnknown", message: /newer sandbox/ });
});

test("what fails by itself fails with its own error", async () => {
  const { watch } = started();
  await assert.rejects(
    watch.during(pod, "a", signal, async () => {
      throw new Error("of its own");
    }),
    /of its own/,
  );
});
