import { AppError } from "#src/core/errors.ts";
import { quotedValue } from "./quoted-value.ts";

/** The pod of a sandbox, as containerd, CRI-O and Multus name it in CNI_ARGS. */
export interface PodArgs {
  readonly namespace: string;
  readonly name: string;
  /** Runtimes older than 2020 do not give it. */
  readonly uid: string | undefined;
}

/**
 * Splits `KEY=VALUE;KEY=VALUE`. The order means nothing, values may contain `=`, and empty pieces are skipped. Multus in thin
 * mode writes every key twice; the last one counts, as in the Go library.
 * Throws `CniEnvironmentInvalid` for a piece without `=`.
 */
export function parseCniArgs(text: string): ReadonlyMap<string, string> {
  const args = new Map<string, string>();
  for (const piece of text.split(";")) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    if (equals < 1) {
      throw new AppError("CniEnvironmentInvalid", `CNI_ARGS: ${quotedValue(piece)} is not of the form KEY=VALUE`);
    }
    args.set(piece.slice(0, equals), piece.slice(equals + 1));
  }
  return args;
}

/**
 * The pod that K8S_POD_NAMESPACE, K8S_POD_NAME and K8S_POD_UID name. Throws `CniEnvironmentInvalid`, which names those that
 * are missing.
 */
export function podOfArgs(args: ReadonlyMap<string, string>): PodArgs {
  const [namespace, name] = [args.get("K8S_POD_NAMESPACE") ?? "", args.get("K8S_POD_NAME") ?? ""];
  const missing = [namespace === "" && "K8S_POD_NAMESPACE", name === "" && "K8S_POD_NAME"].filter(
    (key) => key !== false,
  );
  if (missing.length > 0) {
    throw new AppError("CniEnvironmentInvalid", `CNI_ARGS lacks ${missing.join(" and ")}: only pods can be wired`);
  }
  const uid = args.get("K8S_POD_UID") ?? "";
  return { namespace, name, uid: uid === "" ? undefined : uid };
}
