// The labels of namespaces, for the controllers of FloatingIPs and Services: an Uplink or a Network may admit namespaces by them.
// Both share one watch, and a cluster without such objects has none.
import { isDeepStrictEqual } from "node:util";
import type { CallOptions } from "#src/core/deadline.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { resources } from "#src/kube/client/resources.ts";
import { FirstNeed } from "#src/kube/informer/first-need.ts";
import { Informer } from "#src/kube/informer/informer.ts";
import type { ReflectorOptions } from "#src/kube/informer/reflector.ts";

interface LabelledNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Called with the name of a namespace that has come, or that has other labels than before. */
type NamespaceListener = (name: string) => void;

export class LabelledNamespaces {
  readonly #options: Pick<ReflectorOptions, "clock">;
  readonly #informer: Informer<LabelledNamespace>;
  readonly #listeners = new Set<NamespaceListener>();
  readonly #need = new FirstNeed();

  constructor(options: Pick<ReflectorOptions, "client" | "clock" | "logger" | "metrics">) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      name: "labelled-namespaces",
      resource: resources.namespaces,
      project: ({ metadata: { name, labels = {} } }: KubeObject): LabelledNamespace => ({ name, labels }),
      indexers: {},
    });
    this.#informer.addHandler({
      added: ({ name }) => {
        this.#tell(name);
      },
      updated: (old, { name, labels }) => {
        if (!isDeepStrictEqual(old.labels, labels)) this.#tell(name);
      },
    });
  }

  /** Watches from the first `follow` on, until the signal aborts, and never rejects. It may be called once. */
  run(signal: AbortSignal): Promise<void> {
    return this.#need.run((running) => this.#informer.run(running), "namespaces", this.#options.clock, signal);
  }

  /**
   * Tells the listener of changes, from its first call on, and waits until all namespaces were read. It is called whenever labels
   * are needed. Throws `Aborted` or `DeadlineExceeded`.
   */
  async follow(listener: NamespaceListener, options: CallOptions): Promise<void> {
    this.#need.arises();
    this.#listeners.add(listener);
    await this.#informer.whenSynced(options);
  }

  /** A namespace that is not known yet has none. */
  of(name: string): Readonly<Record<string, string>> {
    return this.#informer.get(name)?.labels ?? {};
  }

  #tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}
