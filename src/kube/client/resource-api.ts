import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "./api-client.ts";
import { isGone, isNotFound } from "./api-error.ts";
import { type KubeObject, parseKubeObject } from "./kube-object.ts";
import { parseList, type ListPage } from "./list-page.ts";
import { type Resource, resourcePath } from "./resources.ts";

/** A selection of the objects of a collection. Without a namespace it is all namespaces. */
export interface ObjectSelection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Content types of a patch. `strategic` is for built-in kinds only; `apply` needs `fieldManager`. */
export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export interface PatchOptions extends CallOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** For server-side apply: it takes fields over from other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
}

const pageLimit = 500;

/**
 * The verbs of one kind of object, on raw JSON. There is no PUT of an object that was read, so that fields which we do not
 * know are never lost.
 */
export class ResourceApi {
  readonly resource: Resource;
  readonly #client: ApiClient;

  constructor(client: ApiClient, resource: Resource) {
    this.#client = client;
    this.resource = resource;
  }

  async get(target: ObjectName, options: CallOptions = {}): Promise<KubeObject> {
    const path = resourcePath(this.resource, target);
    return parseKubeObject(await this.#client.request({ ...options, method: "GET", path }));
  }

  /** Reads an object that may not be there: `undefined` when there is none, or when its kind is not installed. */
  async find(target: ObjectName, options: CallOptions = {}): Promise<KubeObject | undefined> {
    try {
      return await this.get(target, options);
    } catch (caught) {
      if (isNotFound(caught)) return undefined;
      throw caught;
    }
  }

  /**
   * Lists all objects from etcd (resourceVersion unset), in pages of 500 that show one moment. When that moment becomes too
   * old between two pages, `restarted` is true on the next page, and the caller drops the pages before it.
   */
  async *pages(selection: ObjectSelection, options: CallOptions = {}): AsyncGenerator<ListPage> {
    let page = await this.#page(selection, { limit: pageLimit }, options);
    yield page;
    while (page.continueToken !== "") {
      try {
        page = await this.#page(selection, { limit: pageLimit, continue: page.continueToken }, options);
      } catch (caught) {
        if (!isGone(caught)) throw caught;
        page = { ...(await this.#page(selection, {}, options)), restarted: true };
      }
      yield page;
    }
  }

  /** Lists the objects of all `pages` in one array. */
  async list(
    selection: ObjectSelection,
    options: CallOptions = {},
  ): Promise<Pick<ListPage, "items" | "resourceVersion">> {
    let items: KubeObject[] = [];
    let resourceVersion = "";
    for await (const page of this.pages(selection, options)) {
      items = page.restarted ? [...page.items] : items.concat(page.items);
      resourceVersion = page.resourceVersion;
    }
    return { items, resourceVersion };
  }

  /** Lists the objects of a kind that may not be installed: none then. */
  async listInstalled(selection: ObjectSelection, options: CallOptions = {}): Promise<readonly KubeObject[]> {
    try {
      return (await this.list(selection, options)).items;
    } catch (caught) {
      if (isNotFound(caught)) return [];
      throw caught;
    }
  }

  /** Lists all objects at once from the server's cache (`resourceVersion=0`). This is cheap, but can be some moments old. */
  async listCached(selection: ObjectSelection, options: CallOptions = {}): Promise<ListPage> {
    return this.#page(selection, { resourceVersion: "0" }, options);
  }

  async create(namespace: string | undefined, body: unknown, options: CallOptions = {}): Promise<KubeObject> {
    const path = resourcePath(this.resource, { namespace });
    return parseKubeObject(await this.#client.request({ ...options, method: "POST", path, body }));
  }

  /** Preconditions go into the body: the server answers Conflict when `metadata.uid` or `metadata.resourceVersion` differs. */
  async patch(
    target: ObjectName,
    type: keyof typeof patchTypes,
    body: unknown,
    options: PatchOptions = {},
  ): Promise<KubeObject> {
    const { subresource, fieldManager, force, ...call } = options;
    const path = resourcePath(this.resource, { ...target, subresource });
    const query = { fieldManager, force };
    return parseKubeObject(
      await this.#client.request({ ...call, method: "PATCH", path, query, body, contentType: patchTypes[type] }),
    );
  }

  /** Patches an object that may be gone: false then, since nobody is left to be told. */
  async patchIfThere(...args: Parameters<ResourceApi["patch"]>): Promise<boolean> {
    try {
      await this.patch(...args);
      return true;
    } catch (caught) {
      if (isNotFound(caught)) return false;
      throw caught;
    }
  }

  /** Resolves when the server has accepted the deletion. An object with finalizers still exists then. */
  async delete(target: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, ...call } = options;
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = { kind: "DeleteOptions", apiVersion: "v1", preconditions, gracePeriodSeconds };
    await this.#client.request({ ...call, method: "DELETE", path: resourcePath(this.resource, target), body });
  }

  async #page(
    selection: ObjectSelection,
    query: { readonly limit?: number; readonly continue?: string; readonly resourceVersion?: string },
    options: CallOptions,
  ): Promise<ListPage> {
    const { namespace, labelSelector, fieldSelector } = selection;
    const path = resourcePath(this.resource, { namespace });
    return parseList(
      await this.#client.request({
        ...options,
        method: "GET",
        path,
        query: { ...query, labelSelector, fieldSelector },
      }),
    );
  }
}
