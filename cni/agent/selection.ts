import { type AttachmentChoice, interfacesOfCall } from "#src/api/multus/multus-calls.ts";
import type { InterfaceResult } from "#src/api/result.ts";
import { AppError } from "#src/core/errors.ts";

/** The interfaces that one ADD wires. Throws `ResultMissing` when there is none. */
export function selectInterfaces(
  results: readonly InterfaceResult[],
  choice: AttachmentChoice,
): readonly InterfaceResult[] {
  const selected = interfacesOfCall(results, choice);
  if (selected.length > 0) return selected;
  const joined = [...new Set(results.map((result) => result.network))].join(", ");
  throw new AppError("ResultMissing", `nfn-network ${JSON.stringify(choice.network)}: the pod joins ${joined} only`);
}
