import { generateKeyPairSync } from "node:crypto";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { printResult } from "#src/api/result.ts";
import { createTokenSigner } from "#src/tokens/token.ts";
import { sampleResults } from "#test/unit/cni/plumbing/sample-interfaces.ts";

const { result, token, allocation } = annotationKeys;
export const allocationId = "01JD3Z8K2M7Q4V9W5X6Y7ZABCD";
const signer = await createTokenSigner(generateKeyPairSync("ed25519").privateKey);
export const tokenKeys = new Map([[signer.kid, signer.publicKey]]);
export const resultText = printResult(sampleResults);
const signed = signer.sign({
  allocation: allocationId,
  namespace: "default",
  name: "web",
  generateName: "",
  result: resultText,
});

/** What a pod carries whose name was generated: good for every pod of the prefix `web-`. */
export const generatedAnnotations = {
  [result.key]: resultText,
  [token.key]: signer.sign({
    ...{ allocation: allocationId, namespace: "default", name: "", generateName: "web-", result: resultText },
  }),
};

/** The pod default/web as the API server would send it, with a result that is signed. */
export function signedPod(metadata: Readonly<Record<string, unknown>> = {}, more: object = {}) {
  return {
    metadata: {
      namespace: "default",
      name: "web",
      uid: "u1",
      resourceVersion: "1",
      labels: { [allocation.key]: allocationId },
      annotations: { [result.key]: resultText, [token.key]: signed },
      ...metadata,
    },
    ...more,
  };
}
