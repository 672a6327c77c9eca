// Finds the NetworkAttachmentDefinitions that lead to our plugin: by the names that flags give, else by their content.
import { type OwnDefinition, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { definitionKey, type MultusSelection } from "#src/api/multus/multus-selection.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { DefinitionSource } from "../demand/definition-source.ts";

export interface StoredDefinitionsOptions extends Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> {
  readonly client: ApiClient;
  /** Definitions with these names (`namespace/name`) are ours whatever is in them, also before they exist. */
  readonly names: Iterable<string>;
}

interface Stored {
  readonly own: OwnDefinition | undefined;
}

/** Keeps the definitions in memory, and reads one live that may be too new to be there. */
export class StoredDefinitions {
  readonly #informer: Informer<Stored>;
  readonly #api: ResourceApi;
  readonly #names: ReadonlySet<string>;

  constructor({ client, names, ...parts }: StoredDefinitionsOptions) {
    const resource = resources.networkAttachmentDefinitions;
    this.#api = new ResourceApi(client, resource);
    this.#names = new Set(names);
    const name = "network-attachment-definitions";
    this.#informer = new Informer({ ...parts, client, name, resource, project, indexers: {} });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#informer.run(signal);
  }

  readonly source: DefinitionSource = async (selections, options) => {
    const selected = new Map(selections.map((selection) => [definitionKey(selection), selection]));
    const found = [...selected].map(
      async ([key, selection]) => [key, await this.#find(key, selection, options)] as const,
    );
    const ours = new Map<string, OwnDefinition>();
    for (const [key, own] of await Promise.all(found)) if (own !== undefined) ours.set(key, own);
    return ours;
  };

  async #find(
    key: string,
    { namespace, name }: MultusSelection,
    options: CallOptions,
  ): Promise<OwnDefinition | undefined> {
    const isNamed = this.#names.has(key);
    const stored = this.#informer.get(key) ?? (isNamed ? undefined : await this.#read(namespace, name, options));
    return stored?.own ?? (isNamed ? { network: undefined } : undefined);
  }

  /** Gives undefined when the definition does not exist, or its resource is not installed. */
  async #read(namespace: string, name: string, options: CallOptions): Promise<Stored | undefined> {
    try {
      return project(await this.#api.get({ namespace, name }, options));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function project(object: KubeObject): Stored {
  const { config } = (object["spec"] ?? {}) as { readonly config?: unknown };
  return { own: readOwnDefinition(config) };
}
