import { readFile } from "node:fs/promises";
import type { ProcessContext } from "./command.ts";

const mounted = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const usual = "ovn4nfv-system";

/**
 * The namespace of this installation: the flag's, that of the pod by its environment or service account, or the usual
 * one.
 */
export async function systemNamespace(
  { systemNamespace: given }: { readonly systemNamespace: string | undefined },
  { env }: Pick<ProcessContext, "env">,
  file = mounted,
): Promise<string> {
  const known = given ?? env["POD_NAMESPACE"];
  if (known !== undefined && known !== "") return known;
  // Outside of a pod there is no such file. That is no fault.
  return (await readFile(file, "utf8").catch(() => usual)).trim();
}
