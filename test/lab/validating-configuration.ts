import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { WebhookTarget } from "./webhook-configuration.ts";

const requests = JSON.stringify([annotationKeys.request.key, annotationKeys.earlyRequest.key]);

/** True when the template at `path` asks for interfaces. */
function asks(path: string): string {
  return `has(${path}.metadata) && has(${path}.metadata.annotations) && ${requests}.exists(key, key in ${path}.metadata.annotations)`;
}

/** CronJobs keep the template one level deeper. */
const templateAsks = `object.kind == "CronJob" ? (${asks("object.spec.jobTemplate.spec.template")}) : (${asks("object.spec.template")})`;

/** Registers the validating entries at a URL: Networks with `Fail`, workloads with `Ignore`. */
export function validatingWebhookConfiguration({ url, ca, timeoutSeconds = 10 }: WebhookTarget): object {
  const entry = (name: string, path: string, failurePolicy: string) => ({
    name,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy,
    matchPolicy: "Equivalent",
    timeoutSeconds,
    clientConfig: { url: `${url}${path}`, caBundle: Buffer.from(ca).toString("base64") },
  });
  const operations = ["CREATE", "UPDATE"];
  const rule = (apiGroup: string, apiVersion: string, ...resources: readonly string[]) => ({
    apiGroups: [apiGroup],
    apiVersions: [apiVersion],
    operations,
    resources,
    scope: "Namespaced",
  });
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "ovn4nfv" },
    webhooks: [
      {
        ...entry("networks.ovn4nfv.opnfv.org", "/validate/networks", "Fail"),
        rules: [rule("k8s.plugin.opnfv.org", "v1alpha1", "networks")],
      },
      {
        ...entry("workloads.ovn4nfv.opnfv.org", "/validate/workloads", "Ignore"),
        rules: [
          rule("apps", "v1", "deployments", "statefulsets", "daemonsets", "replicasets"),
          rule("batch", "v1", "jobs", "cronjobs"),
        ],
        matchConditions: [{ name: "template-asks", expression: templateAsks }],
      },
    ],
  };
}
