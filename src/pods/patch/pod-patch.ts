// What is written into a pod: the result of each interface, the signature over it, and the other marks.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { appendSelection } from "#src/api/multus/multus-selection.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { printResult } from "#src/api/result.ts";
import type { Allocation, PlannedPort } from "#src/ipam/allocation.ts";
import { podTokenSubject } from "#src/tokens/pod-token.ts";
import { dryRunToken, type ResultSigner } from "#src/tokens/token.ts";
import { JsonPatch, type PatchOperation } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { type Marks, setMarks } from "./own-marks.ts";
import type { PodDemand } from "../demand/pod-demand.ts";
import { setReadinessGate } from "./readiness-gate.ts";
import { resultOfPorts } from "./result-of-ports.ts";

export interface PodPatchOptions {
  readonly signer: ResultSigner;
  /** Our NetworkAttachmentDefinition, which is added to the Multus annotation; undefined when pods are attached otherwise. */
  readonly definition: { readonly namespace: string; readonly name: string } | undefined;
}

/** A dry run shows this in place of the allocation's id; nothing in NB has it. */
export const dryRunId = "dry-run";

/** Makes the patch of one pod: its signed result, the other marks, and the selection for which Multus calls our plugin. */
export class PodPatch {
  readonly #object: JsonObject;
  readonly #pod: PodMetadata;
  readonly #demand: PodDemand;
  readonly #options: PodPatchOptions;
  #draft: { readonly id: string; readonly operations: readonly PatchOperation[] } | undefined;

  readonly #nodeLabels: Readonly<Record<string, string>>;

  /** `nodeLabels` become entries of the pod's node selector. */
  constructor(
    object: JsonObject,
    pod: PodMetadata,
    demand: PodDemand,
    options: PodPatchOptions,
    nodeLabels: Readonly<Record<string, string>> = {},
  ) {
    this.#object = object;
    this.#pod = pod;
    this.#demand = demand;
    this.#options = options;
    this.#nodeLabels = nodeLabels;
  }

  /** Makes the patch of a plan while its transaction is under way. A failure here is left to `of`, where it comes again. */
  prepare(planned: Allocation): void {
    try {
      this.#draft = { id: planned.id, operations: this.#signed(planned) };
    } catch {
      this.#draft = undefined;
    }
  }

  /** Gives the patch of what was allocated. */
  of(allocation: Allocation): readonly PatchOperation[] {
    return this.#draft?.id === allocation.id ? this.#draft.operations : this.#signed(allocation);
  }

  /** Gives the patch that a dry run shows: the same, with an id and a token that are never valid. */
  ofDryRun(ports: readonly PlannedPort[]): readonly PatchOperation[] {
    const result = this.#result(dryRunId, ports);
    return this.#operations({ allocation: dryRunId, result, token: dryRunToken });
  }

  #signed({ id, ports }: Allocation): readonly PatchOperation[] {
    const result = this.#result(id, ports);
    const { namespace } = this.#demand.allocation;
    const token = this.#options.signer.sign(podTokenSubject(this.#pod, { allocation: id, namespace, result }));
    return this.#operations({ allocation: id, result, token });
  }

  #result(id: string, ports: readonly PlannedPort[]): string {
    return printResult(resultOfPorts(this.#demand.interfaces, id, ports));
  }

  #operations(marks: Marks): readonly PatchOperation[] {
    const { definition } = this.#options;
    const patch = new JsonPatch(this.#object);
    setMarks(patch, marks);
    for (const [label, value] of Object.entries(this.#nodeLabels)) patch.set(["spec", "nodeSelector", label], value);
    if (this.#demand.networksReady && !this.#pod.spec.waitsForNetworks) setReadinessGate(patch);
    const [first] = this.#demand.allocation.ports;
    if (definition !== undefined && !this.#demand.selectsOurs && first !== undefined) {
      const { key } = annotationKeys.multusNetworks;
      const own = { ...definition, interfaceName: first.interfaceName };
      patch.set(["metadata", "annotations", key], appendSelection(this.#pod.metadata.annotations[key], own));
    }
    return patch.operations();
  }
}
