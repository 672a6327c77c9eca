import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { namespaces } from "./scale-objects.ts";

/** Makes the namespaces, and waits until pods may be created there. */
export async function makeNamespaces({ kubectl }: ControlPlane): Promise<void> {
  const names = Object.values(namespaces);
  await kubectl.apply(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
  for (const name of names)
    await kubectl.must(["wait", `--namespace=${name}`, "--for=create", "serviceaccount/default", "--timeout=60s"]);
}
