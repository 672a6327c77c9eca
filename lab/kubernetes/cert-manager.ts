import { join } from "node:path";
import type { ControlPlane } from "./control-plane.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

/** The programs of cert-manager that issue certificates, and that write their authority into caBundle. */
export const certManagerTools = ["cert-manager-controller", "cert-manager-cainjector"] as const;

/** Its kinds, only as far as the API server stores them: cert-manager fills in and checks its objects by itself. */
const kinds = [
  ["cert-manager.io", "Certificate", "certificates"],
  ["cert-manager.io", "CertificateRequest", "certificaterequests"],
  ["cert-manager.io", "Issuer", "issuers"],
  ["cert-manager.io", "ClusterIssuer", "clusterissuers"],
  ["acme.cert-manager.io", "Order", "orders"],
  ["acme.cert-manager.io", "Challenge", "challenges"],
] as const;

/** Starts cert-manager as plain processes with an administrator's rights, in the namespaces of the control plane. */
export async function startCertManager(plane: ControlPlane, namespaces?: Namespaces): Promise<AsyncDisposableStack> {
  const tools = await ensureTools(certManagerTools);
  await plane.kubectl.apply(kinds.map(([group, kind, plural]) => crd(group, kind, plural)));
  await plane.kubectl.established(...kinds.map(([group, , plural]) => `${plural}.${group}`));
  await using owned = new AsyncDisposableStack();
  const common = [`--kubeconfig=${plane.adminKubeconfig}`, "--leader-elect=false"];
  const own = {
    "cert-manager-controller": ["--metrics-listen-address=127.0.0.1:0"],
    "cert-manager-cainjector": [],
  } as const;
  await Promise.all(
    certManagerTools.map(async (name) => {
      const logFile = join(plane.folder, `${name}.log`);
      const args = [...common, ...own[name]];
      const place = namespaces === undefined ? {} : { namespaces };
      owned.use(await ManagedProcess.start({ name, command: tools[name], args, logFile, ...place }));
    }),
  );
  return owned.move();
}

function crd(group: string, kind: string, plural: string): object {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: kind === "ClusterIssuer" ? "Cluster" : "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}
