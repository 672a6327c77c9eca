import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { admissionConfiguration } from "#src/commands/doctor/admission-configuration.ts";

test("both kinds of webhooks are called with the certificate of the user who is named after the host", () => {
  const text = admissionConfiguration("ovn4nfv-webhook.ovn4nfv-system.svc");
  const [admission = "", kubeconfig = ""] = text.split(/^# \/etc\/.*\n/m).slice(1);
  const [configuration, users] = [admission, kubeconfig].map(
    (file) => parseAllDocuments(file)[0]?.toJS() as Record<string, unknown>,
  );
  const plugins = configuration?.["plugins"] as { name: string; configuration: { kubeConfigFile: string } }[];
  assert.deepEqual(
    plugins.map(({ name }) => name),
    ["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"],
  );
  for (const { configuration: one } of plugins) assert.ok(text.includes(`# ${one.kubeConfigFile}\n`));
  assert.deepEqual(users?.["users"], [
    {
      name: "ovn4nfv-webhook.ovn4nfv-system.svc",
      user: {
        "client-certificate": "/etc/kubernetes/ovn4nfv/client.crt",
        "client-key": "/etc/kubernetes/ovn4nfv/client.key",
      },
    },
  ]);
});
