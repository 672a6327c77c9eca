import { randomBytes } from "node:crypto";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiErrorDetails, isForbidden } from "#src/kube/client/api-error.ts";
import { resourcePath, resources } from "#src/kube/client/resources.ts";
import type { Trial } from "./facts.ts";

/**
 * Creates a pod as a dry run. The pod asks for a network that cannot exist: when the webhook refuses it for that
 * reason, the whole way works. Nothing is stored, neither in the cluster nor in NB.
 */
export async function readTrial(client: ApiClient, namespace: string, call: CallOptions): Promise<Trial> {
  const network = `doctor-${randomBytes(6).toString("hex")}`;
  const request = { type: "ovn4nfv", interface: [{ name: network }] };
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "ovn4nfv-doctor-",
      annotations: { [annotationKeys.request.key]: JSON.stringify(request) },
    },
    spec: { containers: [{ name: "none", image: "none" }], automountServiceAccountToken: false },
  };
  const path = resourcePath(resources.pods, { namespace });
  try {
    await client.request({ ...call, method: "POST", path, query: { dryRun: "All" }, body });
    return { kind: "not asked" };
  } catch (caught) {
    const details = apiErrorDetails(caught);
    if (details === undefined || isForbidden(caught)) throw caught;
    return classify(details.message);
  }
}

/** Reads from the API server's message how far the request got. */
export function classify(message: string): Trial {
  if (message.includes("denied the request: UnknownNetwork")) return { kind: "judged" };
  if (message.includes("denied the request: BackendUnavailable")) return { kind: "no backend", message };
  if (message.includes("failed calling webhook")) return { kind: "not reached", message };
  // These are words of the guard, which refuses a request that no webhook answered.
  if (message.includes("ValidatingAdmissionPolicy 'ovn4nfv")) return { kind: "not asked" };
  return { kind: "other", message };
}
