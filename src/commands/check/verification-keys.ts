import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiErrorDetails, isNotFound } from "#src/kube/client/api-error.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { readPublishedKeys } from "#src/tokens/key-ring.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import type { CommandContext } from "../command.ts";
import { installedKeys } from "../keys/installed-keys.ts";
import { openTokenKeys } from "../keys/token-keys.ts";
import { missingRight } from "../missing-right.ts";
import { systemNamespace } from "../system-namespace.ts";

/**
 * The keys of the flags; when no flag names any, those of the installation. A ConfigMap is read once before anything is
 * compared, so that nobody is told that all agree when no key could be read. It is watched until `watching` aborts.
 */
export async function openVerificationKeys(
  context: CommandContext<"check">,
  client: ApiClient,
  watching: AbortSignal,
  call: CallOptions,
): Promise<TokenKeys> {
  const { tokenPublicKeyFiles: files, tokenPublicKeys: named } = context.config;
  const tokenPublicKeys = named ?? (files.length === 0 ? installedKeys.configMap : undefined);
  if (tokenPublicKeys !== undefined) {
    const namespace = await systemNamespace(context.config, context);
    await readOnce(client, { namespace, name: tokenPublicKeys }, call);
  }
  const config = { ...context.config, tokenPublicKeys };
  return (await openTokenKeys({ ...context, config }, client, createMetrics(), watching)).keys;
}

async function readOnce(
  client: ApiClient,
  target: { readonly namespace: string; readonly name: string },
  call: CallOptions,
) {
  const what = `the public keys in the ConfigMap ${target.namespace}/${target.name}`;
  try {
    readPublishedKeys(await new ResourceApi(client, resources.configMaps).get(target, call));
  } catch (caught) {
    const details = apiErrorDetails(caught);
    if (details === undefined) throw new AppError("ProtocolError", `${what}: ${fromUnknown(caught).message}`);
    throw new AppError("KubeApiError", `${what} cannot be read: ${whyNot(caught)}`, { details, cause: caught });
  }
}

function whyNot(caught: unknown): string {
  if (isNotFound(caught)) return "there is none; name it with --token-public-keys and --system-namespace";
  return missingRight(caught) ?? fromUnknown(caught).message;
}
