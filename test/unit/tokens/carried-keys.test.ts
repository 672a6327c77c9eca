import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenSigner, ephemeralTokenKey } from "#src/tokens/token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { podsByTokenKey } from "#src/tokens/carried-keys.ts";

const pod = (name: string, token?: string): KubeObject => ({
  metadata: {
    name,
    namespace: "n",
    uid: name,
    resourceVersion: "1",
    ...(token === undefined ? {} : { annotations: { "k8s.plugin.opnfv.org/allocation-token": token } }),
  },
});

test("pods are listed by the key of their token; a pod without a token has no key", async () => {
  const signer = await createTokenSigner(ephemeralTokenKey());
  const token = signer.sign({ allocation: "i", namespace: "n", name: "a", generateName: "", result: "" });
  const stored = [pod("a", token), pod("b", token), pod("c", "nonsense"), pod("d")];
  let selector = "";
  const found = await podsByTokenKey(
    {
      listByLabel(selection, read) {
        selector = selection.labelSelector;
        return Promise.resolve(stored.map(read));
      },
    },
    {},
  );
  assert.deepEqual([...found], [[signer.kid, ["n/a", "n/b"]]]);
  assert.equal(selector, "k8s.plugin.opnfv.org/allocation");
});
