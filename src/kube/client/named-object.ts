import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "./api-client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./api-error.ts";
import type { KubeObject } from "./kube-object.ts";
import { type ObjectName, type patchTypes, ResourceApi } from "./resource-api.ts";
import { apiVersionOf, type Resource } from "./resources.ts";

/** One object of a known name that several processes write. The first write wins, and the other processes read again. */
export class NamedObject {
  readonly name: ObjectName;
  readonly #api: ResourceApi;

  constructor(client: ApiClient, resource: Resource, name: ObjectName) {
    this.#api = new ResourceApi(client, resource);
    this.name = name;
  }

  /** A live read of the object. It is `undefined` when there is none. Throws `KubeApiError`. */
  read(options: CallOptions = {}): Promise<KubeObject | undefined> {
    return this.#api.find(this.name, options);
  }

  /**
   * Merges `changes` into the object as it was read, or creates the object from them when there was none. It resolves with
   * false when another process was first: then nothing was written and the caller reads again. Throws `KubeApiError`.
   */
  async write(
    before: KubeObject | undefined,
    changes: object,
    options: CallOptions = {},
    type: keyof typeof patchTypes = "merge",
  ): Promise<boolean> {
    const { kind } = this.#api.resource;
    try {
      if (before === undefined) {
        const body = { apiVersion: apiVersionOf(this.#api.resource), kind, metadata: this.name, ...changes };
        await this.#api.create(this.name.namespace, body, options);
      } else {
        const { uid, resourceVersion } = before.metadata;
        await this.#api.patch(this.name, type, { metadata: { uid, resourceVersion }, ...changes }, options);
      }
      return true;
    } catch (caught) {
      if (isAlreadyExists(caught) || isConflict(caught) || (before !== undefined && isNotFound(caught))) return false;
      throw caught;
    }
  }
}
