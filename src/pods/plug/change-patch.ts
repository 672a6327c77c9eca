import { annotationKeys } from "#src/api/annotation-keys.ts";
import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import { JsonPatch, type PatchOperation } from "#src/api/text/json-patch.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { Allocation, PlannedPort } from "#src/ipam/allocation.ts";
import { podTokenSubject, type VerifiedSubject } from "#src/tokens/pod-token.ts";
import { dryRunToken, type ResultSigner } from "#src/tokens/token.ts";
import { dryRunId } from "../patch/pod-patch.ts";
import { resultOfPorts } from "../patch/result-of-ports.ts";
import { withoutTakenRoutes } from "./plugged-ports.ts";
import { changedResult, type StoredInterface } from "./stored-result.ts";

export interface ChangePatchInput {
  /** The pod as it is to be stored. */
  readonly object: JsonObject;
  readonly pod: PodMetadata;
  /** The pod as it is stored until now. */
  readonly stored: PodMetadata;
  /** The verified result of the pod as it is stored. */
  readonly signed: VerifiedSubject;
  readonly interfaces: readonly StoredInterface[];
  readonly leaving: readonly StoredInterface[];
  readonly staying: readonly StoredInterface[];
  readonly signer: ResultSigner;
}

const { multusNetworks, result, token, covered } = annotationKeys;

/** Makes the patch of a stored pod: the changed result, the signature over it, and the copy of the annotation that it covers. */
export class ChangePatch {
  readonly #input: ChangePatchInput;

  constructor(input: ChangePatchInput) {
    this.#input = input;
  }

  /** Nothing of ours changes: the result and its token stay as they are stored, and only the copy follows the annotation. */
  unchanged(): readonly PatchOperation[] {
    const { signed, stored } = this.#input;
    return this.#operations(signed.result, stored.metadata.annotations[token.key] ?? "");
  }

  /** Gives the patch with the ports that were reserved for the new interfaces, if there are any. */
  of(asked: readonly InterfaceRequest[], allocation: Allocation | undefined): readonly PatchOperation[] {
    const { stored, signed, signer } = this.#input;
    const text = this.#result(asked, allocation?.id ?? "", allocation?.ports ?? []);
    const { allocation: id, namespace, revision } = signed;
    const subject = podTokenSubject(stored, { allocation: id, namespace, result: text, revision: revision + 1 });
    return this.#operations(text, signer.sign(subject));
  }

  /** Gives the patch that a dry run shows. Its token is never valid. */
  ofDryRun(asked: readonly InterfaceRequest[], ports: readonly PlannedPort[]): readonly PatchOperation[] {
    return this.#operations(this.#result(asked, dryRunId, ports), dryRunToken);
  }

  #result(asked: readonly InterfaceRequest[], attempt: string, ports: readonly PlannedPort[]): string {
    const { interfaces, leaving, staying } = this.#input;
    const plugged = resultOfPorts(asked, attempt, ports).map((one) => withoutTakenRoutes(one, staying));
    return changedResult(interfaces, leaving, plugged);
  }

  /** Writes over what the change itself says: only the result of the stored pod counts. */
  #operations(text: string, signature: string): readonly PatchOperation[] {
    const { object, pod } = this.#input;
    const networks = pod.metadata.annotations[multusNetworks.key] ?? "";
    return new JsonPatch(object)
      .set(["metadata", "annotations", result.key], text)
      .set(["metadata", "annotations", token.key], signature)
      .set(["metadata", "annotations", covered.key], networks)
      .operations();
  }
}
