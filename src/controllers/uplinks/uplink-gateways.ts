import { printSelector } from "#src/api/network/label-selector.ts";
import type { LabelSelector } from "#src/api/network/network-fields.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";
import { GatewayWatch, type GatewayWatchOptions } from "../topology/gateway-watch.ts";

export interface UplinkGatewaysOptions extends Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics"> {
  readonly published: GatewayWatchOptions["published"];
  /** The label selector of Uplinks that name none. */
  readonly gatewaySelector: string;
  /** Called with the UID of an Uplink whose chassis are others than before. */
  readonly onChange: (uid: string) => void;
}

/** The nodes of an Uplink at this moment. */
export interface UplinkCarriers {
  /** The label selector. The empty text selects all nodes. */
  readonly selector: string;
  /** System ids of the chassis that may carry the gateway, best first. */
  readonly chassis: readonly string[];
  /** Selected nodes that do not carry the wire of the Uplink. */
  readonly lacking: readonly string[];
  /** System ids of the chassis of those nodes. */
  readonly absent: readonly string[];
}

interface Watched {
  readonly selector: string;
  readonly watch: GatewayWatch;
  readonly stop: AbortController;
  isSynced: boolean;
}

/** Watches the nodes of each Uplink, by the selector that it has at the moment. */
export class UplinkGateways {
  readonly #options: UplinkGatewaysOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: UplinkGatewaysOptions) {
    this.#options = options;
  }

  /** The selector as the API server reads it: the empty text selects all nodes. */
  selectorOf(nodes: LabelSelector | undefined): string {
    return nodes === undefined ? this.#options.gatewaySelector : printSelector(nodes);
  }

  /**
   * The carriers of the Uplink, among its nodes those that `carries` names. Undefined while its nodes are being read; `onChange`
   * tells when they are.
   */
  carriersOf(
    uid: string,
    nodes: LabelSelector | undefined,
    carries: (node: string) => boolean,
    signal: AbortSignal,
  ): UplinkCarriers | undefined {
    const selector = this.selectorOf(nodes);
    const known = this.#watched.get(uid);
    if (known?.selector === selector) {
      if (!known.isSynced) return undefined;
      const { watch } = known;
      const lacks = (node: string): boolean => !carries(node);
      const [chassis, absent] = [watch.chassisOn(carries), watch.chassisOn(lacks)];
      if (chassis === undefined || absent === undefined) return undefined;
      return { selector, chassis, lacking: watch.nodes.filter(lacks), absent };
    }
    this.forget(uid);
    this.#start(uid, selector, signal);
    return undefined;
  }

  forget(uid: string): void {
    this.#watched.get(uid)?.stop.abort();
    this.#watched.delete(uid);
  }

  #start(uid: string, selector: string, signal: AbortSignal): void {
    const { published, client, clock, logger, metrics, onChange } = this.#options;
    const stop = new AbortController();
    const changed = (): void => {
      if (this.#watched.get(uid)?.isSynced === true) onChange(uid);
    };
    const watch = new GatewayWatch({ selector, published, onChange: changed, client, clock, logger, metrics });
    const watched: Watched = { selector, watch, stop, isSynced: false };
    this.#watched.set(uid, watched);
    const both = AbortSignal.any([signal, stop.signal]);
    void watch.run(both);
    watch.whenSynced({ signal: both }).then(
      () => {
        watched.isSynced = true;
        onChange(uid);
      },
      // The watch ended before it was read.
      () => {},
    );
  }
}
