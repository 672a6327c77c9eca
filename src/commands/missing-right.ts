import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { type Resource, resourcePath } from "#src/kube/client/resources.ts";
import { apiErrorDetails, isForbidden } from "#src/kube/client/api-error.ts";

const words =
  /\bcannot (?<verb>\w+) (?:resource|path) "(?<what>[^"]+)"(?: in API group "[^"]*")?(?: in the namespace "(?<namespace>[^"]+)")?/;

/**
 * The right that the user lacks, in a few words instead of the API server's line: `needs a user who may list pods`. It is
 * undefined for any other error.
 */
export function missingRight(caught: unknown): string | undefined {
  if (!isForbidden(caught)) return undefined;
  const { verb = "", what = "", namespace } = words.exec(apiErrorDetails(caught)?.message ?? "")?.groups ?? {};
  return `needs a user who may ${verb} ${what}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** The same error in a line that begins with `what`, where a right is missing; any other error as it is. */
export function explainRight(what: string, caught: unknown): unknown {
  const right = missingRight(caught);
  const details = apiErrorDetails(caught);
  if (right === undefined || details === undefined) return caught;
  return new AppError("KubeApiError", `${what} cannot be read: ${right}`, { details, cause: caught });
}

/** Fails at once where an informer would try again until the time is up. */
export async function mustBeListed(client: ApiClient, resource: Resource, call: CallOptions): Promise<void> {
  try {
    await client.request({ ...call, method: "GET", path: resourcePath(resource), query: { limit: 1 } });
  } catch (caught) {
    throw explainRight(resource.plural, caught);
  }
}
