// Finds the NetworkAttachmentDefinitions that lead to our plugin: by the names that flags give, else by their content.
import { type OwnDefinition, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { definitionKey, type MultusSelection } from "#src/api/multus/multus-selection.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { DefinitionOptions, DefinitionSource } from "../demand/definition-source.ts";
import { NamedReader } from "./named-reader.ts";

/** The part of a definition that is kept. */
export interface StoredDefinition {
  readonly own: OwnDefinition | undefined;
}

export function projectDefinition(object: KubeObject): StoredDefinition {
  const { config } = (object["spec"] ?? {}) as { readonly config?: unknown };
  return { own: readOwnDefinition(config) };
}

export interface StoredDefinitionsOptions extends Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> {
  readonly client: ApiClient;
  /** Definitions with these names (`namespace/name`) are ours whatever is in them, also before they exist. */
  readonly names: Iterable<string>;
}

/** Keeps the definitions in memory, and reads one live that may be too new to be there. */
export class StoredDefinitions {
  readonly #informer: Informer<StoredDefinition>;
  readonly #reader: NamedReader<StoredDefinition>;
  readonly #names: ReadonlySet<string>;

  constructor({ client, names, ...parts }: StoredDefinitionsOptions) {
    const resource = resources.networkAttachmentDefinitions;
    this.#reader = new NamedReader(client, resource, projectDefinition, parts.clock);
    this.#names = new Set(names);
    const name = "network-attachment-definitions";
    this.#informer = new Informer({ ...parts, client, name, resource, project: projectDefinition, indexers: {} });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#informer.run(signal);
  }

  /** Reads one name of a pod after the other: a pod that selects many must not take all turns of the reader. */
  readonly source: DefinitionSource = async (selections, options) => {
    const selected = new Map(selections.map((selection) => [definitionKey(selection), selection]));
    const ours = new Map<string, OwnDefinition>();
    for (const [key, selection] of selected) {
      const own = await this.#find(key, selection, options);
      if (own !== undefined) ours.set(key, own);
    }
    return ours;
  };

  async #find(key: string, selection: MultusSelection, options: DefinitionOptions): Promise<OwnDefinition | undefined> {
    const known = this.#informer.get(key);
    if (this.#names.has(key)) return known?.own ?? { network: undefined };
    if (known !== undefined) return known.own;
    const { namespace, name } = selection;
    // A synced informer is behind by moments only, so that it is believed when there were many such names already.
    const mayRead = !this.#informer.hasSynced || this.#reader.mayConfirm();
    const found = mayRead ? await this.#reader.read({ namespace, name }, options) : undefined;
    if (found === undefined) options.onMissing?.(selection);
    return found?.own;
  }
}
