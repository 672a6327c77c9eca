import assert from "node:assert/strict";
import { test } from "node:test";
import { livingPod, PodResults } from "#cni/agent/pods/pod-results.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { parseKubeObject } from "#src/kube/client/kube-object.ts";
import { allocationId, generatedAnnotations, resultText, signedPod, tokenKeys } from "#test/fixtures/cni/signed-pod.ts";

const { allocation } = annotationKeys;
const args = { namespace: "default", name: "web", uid: "u1" };

function results(known: object | undefined, live: object | undefined, others: readonly object[] = []) {
  const asked: string[] = [];
  const found = new PodResults({
    pods: {
      get: (key) => (known === undefined || key !== "default/web" ? undefined : readPod(known)),
      byIndex: (_name, id) => others.map(readPod).filter(({ metadata }) => metadata.labels[allocation.key] === id),
    },
    api: {
      async get({ name }) {
        asked.push(name);
        return live === undefined ? undefined : parseKubeObject(live);
      },
    },
    keys: tokenKeys,
  });
  const pod = async (uid: string | undefined = "u1") => {
    const wanted = { ...args, uid };
    return livingPod(await found.find(wanted, {}), wanted);
  };
  return { asked, pod, found };
}

test("the informer's pod is enough when it is this one; nobody is asked", async () => {
  const { asked, pod } = results(signedPod(), undefined);
  assert.equal((await pod()).metadata.uid, "u1");
  assert.deepEqual(asked, []);
});

test("an informer that is behind, or shows another pod of the name, is passed by with a live read", async () => {
  for (const known of [undefined, signedPod({ uid: "u0" })]) {
    const { asked, pod } = results(known, signedPod());
    assert.equal((await pod()).metadata.uid, "u1");
    assert.deepEqual(asked, ["web"]);
  }
});

test("a pod that is gone, replaced, being deleted or at its end gets no sandbox", async () => {
  const refused = async (live: object | undefined, message: RegExp) =>
    assert.rejects(results(undefined, live).pod(), { code: "SandboxUnknown", message });
  await refused(undefined, /default\/web is gone/);
  await refused(signedPod({ uid: "u2" }), /replaced/);
  await refused(signedPod({ deletionTimestamp: "2026-01-01T00:00:00Z" }), /being deleted/);
  await refused(signedPod({}, { status: { phase: "Succeeded" } }), /has ended/);
});

test("the uid of a static pod is its config's hash, which its mirror carries (it was taken for replaced)", async () => {
  const annotations = { "kubernetes.io/config.hash": "f0e1", "kubernetes.io/config.mirror": "f0e1" };
  const mirror = signedPod({ uid: "u7", annotations });
  assert.equal((await results(undefined, mirror).pod("f0e1")).metadata.uid, "u7");
  await assert.rejects(results(undefined, mirror).pod("0000"), { code: "SandboxUnknown", message: /replaced/ });
});

test("a signed result is read, and a pod without a result is not ours", async () => {
  const { found } = results(undefined, undefined);
  const { allocation, interfaces } = (await found.verified(readPod(signedPod()))) ?? assert.fail();
  assert.equal(allocation, allocationId);
  assert.equal(interfaces.length, 3);
  assert.equal(await found.verified(readPod(signedPod({ annotations: {} }))), undefined);
});

test("an edited result, another pod's token, another label and no token at all are forgeries", async () => {
  const { found } = results(undefined, undefined);
  const { result } = annotationKeys;
  const { annotations } = signedPod().metadata;
  const edited = { ...annotations, [result.key]: resultText.replace("10.1.0.7", "10.1.0.8") };
  for (const change of [
    { annotations: edited },
    { name: "other" },
    { labels: {} },
    { annotations: { [result.key]: resultText } },
  ]) {
    await assert.rejects(found.verified(readPod(signedPod(change))), { code: "ForgedResult" });
  }
});

test("a copied token of a generated name is refused while its elder lives on the node, and the elder's is not", async () => {
  const generated = (name: string, second: number, more: object = {}, pod: object = {}) =>
    signedPod(
      {
        name,
        uid: `uid-${name}`,
        generateName: "web-",
        annotations: generatedAnnotations,
        creationTimestamp: `2026-01-01T00:00:0${second}Z`,
        ...more,
      },
      pod,
    );
  const [elder, copy] = [generated("web-a", 1), generated("web-b", 2)];
  const verified = (pod: object, others: readonly object[]) =>
    results(undefined, undefined, others).found.verified(readPod(pod));
  await assert.rejects(verified(copy, [elder, copy]), {
    code: "ForgedResult",
    message: /web-b.*was copied from the pod web-a/,
  });
  assert.equal((await verified(elder, [elder, copy]))?.allocation, allocationId);
  const leaving = generated("web-a", 1, { deletionTimestamp: "2026-01-01T00:01:00Z" });
  await assert.rejects(verified(copy, [leaving]), { code: "ForgedResult" }, "it still runs");
  const ended = generated("web-a", 1, {}, { status: { phase: "Failed" } });
  assert.ok(await verified(copy, [ended]));
  const labelledOnly = generated("web-a", 1, { annotations: {} });
  const otherToken = generated("other", 1);
  assert.ok(await verified(copy, [labelledOnly, otherToken]), "a label is anybody's");
});

test("a live read asks although the informer has the pod, because it may have an older result of it", async () => {
  const { asked, found } = results(signedPod(), signedPod({ resourceVersion: "2" }));
  assert.equal((await found.live(args, {}))?.metadata.uid, "u1");
  assert.deepEqual(asked, ["web"]);
  assert.equal(await results(signedPod(), undefined).found.live(args, {}), undefined);
});
