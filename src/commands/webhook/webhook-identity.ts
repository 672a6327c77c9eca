import { fromUnknown } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import { createTokenSigner, ephemeralTokenKey } from "#src/tokens/token.ts";
import type { Cluster } from "../cluster.ts";
import type { CommandContext } from "../command.ts";
import { type OpenedSigner, openTokenSigner } from "../keys/token-keys.ts";
import { openCertificate, type WebhookCertificate } from "./webhook-certificate.ts";

type Context = CommandContext<"webhook">;

/** The key that results are signed with, and the certificate that is served. */
export interface WebhookIdentity {
  readonly signer: OpenedSigner;
  readonly certificate: WebhookCertificate;
}

/**
 * Opens key and certificate, both at once. `owned` closes them. When one cannot be opened, the other is given up, and this
 * throws why.
 */
export async function openIdentity(
  context: Context,
  cluster: Cluster | undefined,
  metrics: Metrics,
  owned: AsyncDisposableStack,
): Promise<WebhookIdentity> {
  const failed = new AbortController();
  const both = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) };
  const own = async <T>(opening: Promise<T>, close: (opened: T) => Promise<void>): Promise<T> => {
    try {
      const opened = await opening;
      owned.defer(() => close(opened));
      return opened;
    } catch (caught) {
      failed.abort(caught);
      throw fromUnknown(failed.signal.reason);
    }
  };
  const signer = own(openSigner(both, cluster, metrics), ({ close }) => close());
  const certificate = own(openCertificate(both, cluster, metrics), ({ source }) => source.close());
  await Promise.allSettled([signer, certificate]);
  return { signer: await signer, certificate: await certificate };
}

/** Makes a key for this run, where none is configured. Nobody else can verify what it signs. */
async function openSigner(context: Context, cluster: Cluster | undefined, metrics: Metrics): Promise<OpenedSigner> {
  const configured = await openTokenSigner(context, cluster?.client, metrics);
  if (configured !== undefined) return configured;
  const signer = await createTokenSigner(ephemeralTokenKey());
  context.logger.warn({ kid: signer.kid }, "no token key: results are valid for this process only");
  return { signer, keys: new Map([[signer.kid, signer.publicKey]]), close: () => Promise.resolve() };
}
