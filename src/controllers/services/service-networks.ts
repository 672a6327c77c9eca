import type { CallOptions } from "#src/core/deadline.ts";
import { resources } from "#src/kube/client/resources.ts";
import { changedHandler } from "#src/kube/informer/changed-handler.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import type { OwnedRows } from "#src/ovn/owned/read-owned-rows.ts";
import { projectDefinition, type StoredDefinition } from "#src/pods/stored/stored-definitions.ts";
import { whenDefinitionsKnown } from "../definitions/definitions-known.ts";
import { switchesFirst } from "../topology/switches-first.ts";
import { projectServiceNetwork, type ServiceNetwork, type ServiceObject } from "./service-object.ts";

export interface ServiceNetworksOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  readonly owned: () => OwnedRows;
  /** Called when a Network or a definition changed in what a Service needs of it. */
  readonly onChange: () => void;
}

/** The Networks that Services name, by their own names or by those of definitions, as multus-service has it. */
export class ServiceNetworks {
  readonly #options: ServiceNetworksOptions;
  readonly #networks: Informer<ServiceNetwork | undefined, "name">;
  /** A cluster may be without this kind, so that nobody waits for it. */
  readonly #definitions: Informer<StoredDefinition>;

  constructor(options: ServiceNetworksOptions) {
    const { client, onChange, clock, logger, metrics } = options;
    const parts = { client, clock, logger, metrics };
    this.#options = options;
    this.#networks = new Informer({
      ...parts,
      name: "service-networks",
      resource: resources.networks,
      project: projectServiceNetwork,
      indexers: { name: (network) => (network === undefined ? [] : [network.name]) },
    });
    this.#definitions = new Informer({
      ...parts,
      name: "service-definitions",
      resource: resources.networkAttachmentDefinitions,
      project: projectDefinition,
      indexers: {},
    });
    for (const informer of [this.#networks, this.#definitions]) informer.addHandler(changedHandler(onChange));
  }

  /** Returns when the signal has aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#networks.run(signal), this.#definitions.run(signal)]);
  }

  /** Resolves when the Networks were read. */
  whenSynced(call: CallOptions): Promise<void> {
    return this.#networks.whenSynced(call);
  }

  /** Resolves when the definitions were read as well, or there are none. */
  whenDefinitionsKnown(call: CallOptions): Promise<void> {
    return whenDefinitionsKnown(this.#definitions, this.#options.client, call);
  }

  values(): Iterable<ServiceNetwork | undefined> {
    return this.#networks.values();
  }

  of({ namespace, config }: Pick<ServiceObject, "namespace" | "config">): ServiceNetwork | undefined {
    if (typeof config === "string") return undefined;
    const { network: text } = config;
    const definition = this.#definitions.get(text.includes("/") ? text : `${namespace}/${text}`)?.own?.network;
    const named = this.#networks.byIndex("name", definition ?? text).filter((network) => network !== undefined);
    return named.length > 1 ? switchesFirst(named, this.#options.owned())[0] : named[0];
  }
}
