import type { CallOptions } from "#src/core/deadline.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { GatewayChassis } from "../chassis/chassis-owners.ts";
import { type GatewayNode, orderChassis, projectGatewayNode } from "./gateway-nodes.ts";

export interface GatewayWatchOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  /** Label selector of nodes. */
  readonly selector: string;
  /** The chassis that agents published. Without it only annotations and names of nodes count. */
  readonly published?: GatewayChassis | undefined;
  /** Called when `chassis` is another list than before. */
  readonly onChange: () => void;
}

/** Finds the chassis that may carry the gateway, by the labels of nodes. Only those nodes are read. */
export class GatewayWatch {
  readonly #informer: Informer<GatewayNode>;
  readonly #published: GatewayWatchOptions["published"];
  readonly #onChange: () => void;
  #chassis: readonly string[] | undefined;

  constructor({ selector, published, onChange, ...parts }: GatewayWatchOptions) {
    this.#published = published;
    this.#onChange = onChange;
    this.#informer = new Informer({
      ...parts,
      name: "gateways",
      resource: resources.nodes,
      labelSelector: selector,
      project: projectGatewayNode,
      indexers: {},
    });
    // The informer deletes a node that is not selected any more.
    const update = (): void => {
      this.#update();
    };
    this.#informer.addHandler({ added: update, updated: update, deleted: update });
  }

  /**
   * The best comes first. The list is complete when `whenSynced` has resolved. Undefined while the words of agents were not read:
   * the name of a node may be no chassis at all.
   */
  get chassis(): readonly string[] | undefined {
    return this.#chassis;
  }

  /** The names of the selected nodes, in order. */
  get nodes(): readonly string[] {
    return [...this.#informer.values()].map(({ name }) => name).sort();
  }

  /** The chassis of those of the selected nodes that fit, best first. Undefined while the words of agents were not read. */
  chassisOn(fits: (node: string) => boolean): readonly string[] | undefined {
    return this.#order([...this.#informer.values()].filter(({ name }) => fits(name)));
  }

  /** Runs until the signal aborts, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const unfollow = this.#published?.onChange(() => {
      this.#update();
    });
    // Nobody tells of nodes that have published nothing.
    this.#published?.whenSynced({ signal }).then(
      () => {
        this.#update();
      },
      () => {},
    );
    await this.#informer.run(signal);
    unfollow?.();
  }

  whenSynced(options: CallOptions): Promise<void> {
    return this.#informer.whenSynced(options);
  }

  #update(): void {
    const chassis = this.#order([...this.#informer.values()]);
    if (chassis?.join(" ") === this.#chassis?.join(" ")) return;
    this.#chassis = chassis;
    this.#onChange();
  }

  #order(nodes: readonly GatewayNode[]): readonly string[] | undefined {
    const published = this.#published;
    if (published === undefined) return orderChassis(nodes, () => undefined);
    if (nodes.some(({ name, written }) => written === undefined && published.of(name) === undefined)) return undefined;
    const honest = nodes.filter(({ name, written }) => written !== undefined || !published.isRefuted(name));
    return orderChassis(honest, (node) => published.of(node));
  }
}
