import { openBundleFile } from "#certs/bundle-file.ts";
import { AppError } from "#src/core/errors.ts";
import type { ClientCertificatePolicy } from "#webhooks/server/client-certificate.ts";
import type { CommandContext } from "../command.ts";

/**
 * Opens the policy for the API server's client certificate; undefined without the flags. Throws `ConfigInvalid` for an
 * authority without names: that of the cluster also signs the certificate of each kubelet.
 */
export async function openClientPolicy(
  { config, clock, logger }: Pick<CommandContext<"webhook">, "config" | "clock" | "logger">,
  owned: AsyncDisposableStack,
): Promise<ClientCertificatePolicy | undefined> {
  const { clientCaFile: file, clientNames } = config;
  const [first, ...others] = clientNames;
  if (file === undefined) {
    if (first === undefined) return undefined;
    throw new AppError("ConfigInvalid", "--client-names needs --client-ca-file: give both or none");
  }
  if (first === undefined) {
    const why = "would let in everybody to whom that authority gave a certificate, such as each kubelet";
    const cure = "give the common names of the API servers' certificates, as --client-names kube-apiserver";
    throw new AppError("ConfigInvalid", `--client-ca-file without --client-names ${why}; ${cure}`);
  }
  const authorities = await openBundleFile({ file, name: "clients", clock, logger });
  owned.defer(() => authorities.close());
  return { authorities, allowedNames: [first, ...others] };
}
