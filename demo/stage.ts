// The state that the steps of the demo share: the things that run, the answers so far, and the way to print.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { Reviewer } from "./reviewer.ts";

/** The things that run, and the results of the demo so far. */
export interface Stage {
  /** Endpoint of the embedded Northbound database. */
  readonly nb: string;
  /** Creates pods as the API server would. */
  readonly reviewer: Reviewer;
  /** Pods that were admitted, as they would be stored. */
  readonly admitted: KubeObject[];
  /** Mistakes that were refused. */
  refused: number;
  /** The number of our addresses that the last step found in NB, and of those that more than one port has. */
  found: { readonly addresses: number; readonly duplicates: number };
  /** The number of pods that were wired on machines; 0 where there are no machines. */
  wired: number;
  /** `ok` when the pods reach each other. */
  ping: "ok" | "skipped";
  /** Things that end with the demo, the newest first. */
  readonly owned: AsyncDisposableStack;
  /** Prints a detail below the title of the step. */
  readonly show: (text: string) => void;
}

/** One thing that the demo does; throws when it is not as promised. */
export interface DemoStep {
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}
