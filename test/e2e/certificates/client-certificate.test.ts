// A real API server shows a client certificate to the webhook, which takes reviews from nobody else.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { after, before, describe, it } from "node:test";
import { admissionConfiguration } from "#src/commands/doctor/admission-configuration.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import type { Flags } from "#lab/kubernetes/control-plane-flags.ts";
import { TestAuthority } from "#lab/kubernetes/pki.ts";
import { reviewClient } from "#lab/webhook/review-client.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";

describe("an API server with the files that doctor prints", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let stack: AdmissionStack;
  let clients: TestAuthority;
  before(async () => {
    const folder = owned.use(createTemporaryFolder("client-certificate")).path;
    clients = await TestAuthority.create("clients");
    const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
    const { certificate, key } = await clients.issue({ commonName: "kube-apiserver" });
    await Promise.all([
      write("ca.crt", clients.certificate),
      write("client.crt", certificate),
      write("client.key", key),
    ]);
    const apiServerFlags = async (webhook: string): Promise<Flags> => {
      const printed = admissionConfiguration(webhook).replaceAll("/etc/kubernetes/ovn4nfv", folder);
      for (const [, name = "", text = ""] of printed.matchAll(/^# \S+\/(\S+\.yaml)\n([^#]+)/gm))
        await write(name, text);
      return { "admission-control-config-file": join(folder, "admission.yaml") };
    };
    const flags = { "client-ca-file": join(folder, "ca.crt"), "client-names": "kube-apiserver" };
    stack = owned.use(await AdmissionStack.start({ flags, apiServerFlags }));
    await stack.addSwitch("blue", "10.64.0.0/24");
  });
  after(() => owned.disposeAsync());

  it("creates pods through the webhook", async () => {
    const { metadata } = await stack.create(podManifest({ name: "pod", annotations: request({ name: "blue" }) }));
    assert.match(metadata.annotations?.[annotationKeys.result.key] ?? "", /10\.64\.0\./);
  });

  it("is the only one whose reviews are read: not a pod's, and not a kubelet's with a certificate of the same authority", async () => {
    const statusOf = async (tls: ConnectionOptions): Promise<number> => {
      const trust = { ca: stack.authority.cert, checkServerIdentity: () => undefined };
      const client = reviewClient(stack.balancer.port, { ...trust, ...tls });
      try {
        return (await client.post("/mutate/pods", "{}")).status;
      } finally {
        client.close();
      }
    };
    const kubelet = await clients.issue({ commonName: "system:node:n1", organizations: ["system:nodes"] });
    const server = await clients.issue({ commonName: "kube-apiserver" });
    assert.equal(await statusOf({}), 401);
    assert.equal(await statusOf({ cert: kubelet.certificate, key: kubelet.key }), 403);
    // This is no review, but its sender is believed.
    assert.equal(await statusOf({ cert: server.certificate, key: server.key }), 400);
  });
});
