import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgePodToken, podTokenSubject, verifyPodToken } from "#src/tokens/pod-token.ts";
import { id, keys, labelledPod, resultText, signer, tokenFor } from "#test/fixtures/controllers/labelled-pod.ts";

describe("podTokenSubject", () => {
  const signed = { allocation: id, namespace: "default", result: resultText };

  it("takes the names from the pod, and the namespace from the caller: a pod that is being created may have none", () => {
    const pod = labelledPod({ metadata: { name: undefined, generateName: "web-", namespace: undefined } });
    assert.deepEqual(podTokenSubject(pod, signed), { ...signed, name: "", generateName: "web-" });
  });

  it("is what the stored pod is verified by", async () => {
    const token = signer.sign(podTokenSubject(labelledPod(), signed));
    assert.deepEqual(await verifyPodToken(labelledPod({ token }), keys), {
      ...signed,
      name: "web",
      generateName: "",
      revision: 0,
    });
  });
});

describe("verifyPodToken", () => {
  it("refuses a pod without a label, a result or a token", async () => {
    const token = tokenFor("web");
    for (const metadata of [{ labels: {} }, { annotations: {} }]) {
      await assert.rejects(verifyPodToken(labelledPod({ token, metadata }), keys), { code: "ForgedResult" });
    }
    await assert.rejects(verifyPodToken(labelledPod(), keys), { code: "ForgedResult" });
  });
});

describe("judgePodToken", () => {
  it("takes the token that was made for the pod", async () => {
    assert.equal(await judgePodToken(labelledPod({ token: tokenFor("web") }), keys), "valid");
  });

  it("calls the token of another pod forged, and what is no token", async () => {
    assert.equal(await judgePodToken(labelledPod({ token: tokenFor("db") }), keys), "forged");
    for (const token of ["", "dry-run", "a.b.c"])
      assert.equal(await judgePodToken(labelledPod({ token }), keys), "forged");
  });

  it("does not call a token forged whose key it was not given", async () => {
    assert.equal(await judgePodToken(labelledPod({ token: tokenFor("web") }), new Map()), "unknown key");
  });
});
