// What the steps of the demo share: where things run, what was answered, and how people are told.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { Reviewer } from "./reviewer.ts";

/** What the demo has shown so far. */
export interface Stage {
  /** Endpoint of the embedded Northbound database. */
  readonly nb: string;
  /** Creates pods as the API server would. */
  readonly reviewer: Reviewer;
  /** Pods that were admitted, as they would be stored. */
  readonly admitted: KubeObject[];
  /** Mistakes that were refused. */
  refused: number;
  /** Addresses of ours that the last step found in NB, and how many of them more than one port has. */
  found: { readonly addresses: number; readonly duplicates: number };
  /** Pods that were wired on machines; 0 where there are none. */
  wired: number;
  /** Whether they reach each other. */
  ping: "ok" | "skipped";
  /** Ended with the demo, newest first. */
  readonly owned: AsyncDisposableStack;
  /** Tells people what belongs to the title of the step. */
  readonly show: (text: string) => void;
}

/** One thing that the demo does; throws when it is not as promised. */
export interface DemoStep {
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}
