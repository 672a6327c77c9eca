import { AppError } from "#src/core/errors.ts";
import type { ApiClient, ApiRequest } from "#src/kube/client/api-client.ts";
import { apiErrorFromAnswer } from "#src/kube/client/api-error.ts";
import { type Resource, resources } from "#src/kube/client/resources.ts";
import type { AccessRight } from "./access-review.ts";
import type { UserRights } from "./user-rights.ts";

/** Reads for a user what he may read himself. Whatever he may not is refused in the words of the API server. */
export class UserClient implements ApiClient {
  readonly #client: ApiClient;
  readonly #username: string;
  readonly #rights: Pick<UserRights, "ask">;

  constructor(client: ApiClient, username: string, rights: Pick<UserRights, "ask">) {
    this.#client = client;
    this.#username = username;
    this.#rights = rights;
  }

  async request(request: ApiRequest): Promise<unknown> {
    const right = rightOf(request);
    if (!(await this.#rights.ask(right, request))) throw forbidden(this.#username, right);
    return await this.#client.request(request);
  }

  stream(): Promise<AsyncIterable<Uint8Array>> {
    return Promise.reject(new AppError("Internal", "nothing is watched with the rights of a viewer"));
  }
}

const path =
  /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?$/;

/** The right that a request needs. Throws for everything that no right of the table is about. */
export function rightOf({ method, path: target }: Pick<ApiRequest, "method" | "path">): AccessRight {
  const { group = "", namespace, plural, name } = path.exec(target)?.groups ?? {};
  const all: readonly Resource[] = Object.values(resources);
  const resource = all.find((one) => one.group === group && one.plural === plural);
  if (method !== "GET" || resource === undefined) {
    throw new AppError("Internal", `${method} ${target} is not asked with the rights of a viewer`);
  }
  const place = namespace === undefined ? {} : { namespace: decodeURIComponent(namespace) };
  if (name === undefined) return { verb: "list", resource, ...place };
  const one = decodeURIComponent(name);
  // The API server takes a Namespace as one of its own objects, so that a RoleBinding in it counts.
  const within = resource === resources.namespaces ? { namespace: one } : place;
  return { verb: "get", resource, ...within, name: one };
}

function forbidden(username: string, { verb, resource, namespace }: AccessRight): AppError {
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const what = `cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`;
  const message = `${resource.plural} is forbidden: User "${username}" ${what}`;
  return apiErrorFromAnswer(`${verb} ${resource.plural}`, {
    status: 403,
    body: { kind: "Status", code: 403, reason: "Forbidden", message },
  });
}
