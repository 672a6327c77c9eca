import { stringify } from "yaml";

const folder = "/etc/kubernetes/ovn4nfv";

/**
 * The two files that let an API server present a client certificate to our webhook, as text to be put on each machine of
 * the control plane. `host` is the DNS name of the Service that is called.
 */
export function admissionConfiguration(host: string): string {
  const webhooks = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "WebhookAdmissionConfiguration",
    kubeConfigFile: `${folder}/kubeconfig.yaml`,
  };
  const plugins = ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"];
  const admission = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: plugins.map((name) => ({ name, configuration: webhooks })),
  };
  const user = { "client-certificate": `${folder}/client.crt`, "client-key": `${folder}/client.key` };
  const kubeconfig = { apiVersion: "v1", kind: "Config", users: [{ name: host, user }] };
  const print = (path: string, object: object): string =>
    `# ${path}\n${stringify(object, { aliasDuplicateObjects: false })}`;
  return [
    `# kube-apiserver --admission-control-config-file=${folder}/admission.yaml`,
    print(`${folder}/admission.yaml`, admission),
    print(`${folder}/kubeconfig.yaml`, kubeconfig),
  ].join("\n");
}
