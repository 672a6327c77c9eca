import { annotationKeys } from "#src/api/annotation-keys.ts";
import { appendSelection } from "#src/api/multus/multus-selection.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import { printResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";
import { type Allocation, type PlannedPort, portName } from "#src/ipam/allocation.ts";
import { podTokenSubject } from "#src/tokens/pod-token.ts";
import { dryRunToken, type ResultSigner } from "#src/tokens/token.ts";
import { JsonPatch, type PatchOperation } from "#src/api/text/json-patch.ts";
import type { AdmissionRequest } from "../admission/review.ts";
import { type Marks, setMarks } from "./own-marks.ts";
import type { PodDemand } from "./pod-request.ts";
import { resultOfPorts } from "./result-of-ports.ts";

export interface PodPatchOptions {
  readonly signer: ResultSigner;
  /** Our NetworkAttachmentDefinition, added to the Multus annotation; undefined = the pod is attached by other means. */
  readonly definition: { readonly namespace: string; readonly name: string } | undefined;
}

/** Id and name part of what a dry run shows: nothing in NB has them. */
const dryRunId = "dry-run";

/** What is written into one pod that is being created: its result, signed, and what makes Multus call us. */
export class PodPatch {
  readonly #object: NonNullable<AdmissionRequest["object"]>;
  readonly #pod: PodMetadata;
  readonly #demand: PodDemand;
  readonly #options: PodPatchOptions;
  #draft: { readonly id: string; readonly operations: readonly PatchOperation[] } | undefined;

  constructor({ object }: AdmissionRequest, pod: PodMetadata, demand: PodDemand, options: PodPatchOptions) {
    this.#object = object ?? {};
    this.#pod = pod;
    this.#demand = demand;
    this.#options = options;
  }

  /** Makes the patch of what was planned, while its transaction is under way. What fails here fails again in `of`. */
  prepare(planned: Allocation): void {
    try {
      this.#draft = { id: planned.id, operations: this.#signed(planned) };
    } catch {
      this.#draft = undefined;
    }
  }

  /** The patch of what was allocated. */
  of(allocation: Allocation): readonly PatchOperation[] {
    return this.#draft?.id === allocation.id ? this.#draft.operations : this.#signed(allocation);
  }

  /** What a dry run shows: the same, under an id and with a token that nobody takes. */
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
    const answered = ports.map((port, index) => {
      const asked = this.#demand.interfaces[index];
      if (asked === undefined) throw new AppError("Internal", "more ports than interfaces");
      return { asked, port, portName: portName(id, port) };
    });
    return printResult(resultOfPorts(answered));
  }

  #operations(marks: Marks): readonly PatchOperation[] {
    const { definition } = this.#options;
    const patch = new JsonPatch(this.#object);
    setMarks(patch, marks);
    const [first] = this.#demand.allocation.ports;
    if (definition !== undefined && !this.#demand.selectsOurs && first !== undefined) {
      const { key } = annotationKeys.multusNetworks;
      const own = { ...definition, interfaceName: first.interfaceName };
      patch.set(["metadata", "annotations", key], appendSelection(this.#pod.metadata.annotations[key], own));
    }
    return patch.operations();
  }
}
