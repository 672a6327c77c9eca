import { hasCode } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";

/** A client that the caller closes. */
type ClosedClient = ApiClient & { readonly close: () => void };

/**
 * Opens the client. Where no kubeconfig was found and none was named, every request fails with that reason: then what is in
 * OVN is checked all the same.
 */
export async function openDoctorClient(open: () => Promise<ClosedClient>, isNamed: boolean): Promise<ClosedClient> {
  try {
    return await open();
  } catch (caught) {
    if (isNamed || !hasCode(caught, "ConfigInvalid")) throw caught;
    const fail = () => Promise.reject(caught);
    return { request: fail, stream: fail, close: () => {} };
  }
}
