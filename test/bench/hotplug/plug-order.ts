/** The pods that the bench plugs, which are on one node. */
export interface PlugOrder {
  /** A pod of ours, with the selections that it has. It gets an interface by a change of its annotation. */
  readonly plugged: { readonly name: string; readonly uid: string; readonly selections: readonly object[] };
  /** A pod of ours on a node where nobody attaches what is plugged. */
  readonly still: { readonly name: string; readonly uid: string; readonly selections: readonly object[] };
  /** The selection of a definition of another plugin. */
  readonly foreign: { readonly name: string; readonly interface: string };
  /** The selection that plugs it. */
  readonly selection: { readonly name: string; readonly interface: string };
  /** A pod of ours on the network of that selection, with its address there. */
  readonly peer: { readonly uid: string; readonly address: string };
  /** A pod that is not ours. It gets a link to a bridge of the kernel by a call of Multus. */
  readonly plain: { readonly name: string; readonly uid: string };
  readonly rounds: number;
  readonly kubeconfig: string;
  readonly multusSocket: string;
  readonly criSocket: string;
}

/** The milliseconds of each round. */
export interface PlugTimes {
  /** From the patch of the annotation until the interface carries traffic. */
  readonly plug: readonly number[];
  /** From the patch of the annotation until its answer. It contains the allocation. */
  readonly plugPatch: readonly number[];
  /** The part of all processors that worked between that patch and the traffic. */
  readonly plugBusyPercent: readonly number[];
  /** From the patch of the annotation of a pod that nobody wires until its answer. It is reviewed, and nothing is allocated. */
  readonly reviewedPatch: readonly number[];
  /** The same, with an allocation. */
  readonly allocatedPatch: readonly number[];
  /** From a call of Multus for an interface that is allocated until it carries traffic. */
  readonly ownAdd: readonly number[];
  /** From the patch of an annotation that concerns nobody until its answer. */
  readonly barePatch: readonly number[];
  /** From the call of Multus until the link carries traffic. */
  readonly bareAdd: readonly number[];
}
