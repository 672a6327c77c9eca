import { annotationKeys } from "#src/api/annotation-keys.ts";

const { request, earlyRequest, result, token, allocation, finalizer } = annotationKeys;

const anyAnnotation = JSON.stringify([request.key, earlyRequest.key, result.key, token.key]);

/** True for pods that carry any key of ours: a request, or what only the webhook writes. */
const anyKeyOfOurs = [
  `has(object.metadata.annotations) && ${anyAnnotation}.exists(key, key in object.metadata.annotations)`,
  `has(object.metadata.labels) && "${allocation.key}" in object.metadata.labels`,
  `has(object.metadata.finalizers) && "${finalizer.key}" in object.metadata.finalizers`,
]
  .map((part) => `(${part})`)
  .join(" || ");

export interface WebhookTarget {
  /** Of the admission port, without a path. */
  readonly url: string;
  /** PEM of the authority that signed the serving certificate. */
  readonly ca: string;
  readonly timeoutSeconds?: number;
}

/** Registers the pod webhook at a URL: what an installation does with a Service. */
export function podWebhookConfiguration({ url, ca, timeoutSeconds = 10 }: WebhookTarget): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "zz-ovn4nfv" },
    webhooks: [
      {
        name: "allocate.pods.ovn4nfv.opnfv.org",
        admissionReviewVersions: ["v1"],
        sideEffects: "NoneOnDryRun",
        failurePolicy: "Fail",
        matchPolicy: "Equivalent",
        reinvocationPolicy: "Never",
        timeoutSeconds,
        clientConfig: { url: `${url}/mutate/pods`, caBundle: Buffer.from(ca).toString("base64") },
        rules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"], scope: "Namespaced" },
        ],
        matchConditions: [{ name: "any-key-of-ours", expression: anyKeyOfOurs }],
      },
    ],
  };
}
