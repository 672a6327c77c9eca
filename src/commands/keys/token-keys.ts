import type { KeyObject } from "node:crypto";
import { AppError } from "#src/core/errors.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { ResultSigner, TokenKeys } from "#src/tokens/token.ts";
import { createTokenSigner } from "#src/tokens/token.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { PublishedKeys } from "#src/tokens/published-keys.ts";
import { StoredSigner } from "#src/tokens/stored-signer.ts";
import type { KeyPlaces } from "#src/tokens/key-store.ts";
import type { CommandContext } from "../command.ts";
import { systemNamespace } from "../system-namespace.ts";
import { loadPublicKeys, loadTokenKey } from "./key-files.ts";

type SigningContext = CommandContext<"webhook"> | CommandContext<"controller">;
type VerifyingContext = SigningContext | CommandContext<"agent"> | CommandContext<"check">;

export interface OpenedKeys {
  readonly keys: TokenKeys;
  /** True when there is no key, so that every token counts as forged. */
  readonly isEmpty: boolean;
}

export interface OpenedSigner {
  readonly signer: ResultSigner;
  /** Its own public keys, for verifying what was signed here. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly close: () => Promise<void>;
}

/** The time that the making of a first key may take. */
const firstMs = 60_000;

/** The keys of --token-public-key-files and --token-public-keys, the latter watched until the signal aborts. */
export async function openTokenKeys(
  context: VerifyingContext,
  client: ApiClient | undefined,
  metrics: Metrics,
  running: AbortSignal,
): Promise<OpenedKeys> {
  const { config, clock, logger } = context;
  const fixed = await loadPublicKeys(config.tokenPublicKeyFiles);
  const { tokenPublicKeys: configMap } = config;
  if (configMap === undefined) return { keys: fixed, isEmpty: fixed.size === 0 };
  if (client === undefined)
    throw new AppError("ConfigInvalid", "--kubeconfig none: --token-public-keys needs a cluster");
  const namespace = await systemNamespace(config, context);
  const published = new PublishedKeys({ client, namespace, configMap, clock, logger, metrics });
  void published.run(running);
  return { keys: { get: (kid) => fixed.get(kid) ?? published.get(kid) }, isEmpty: false };
}

/** The error of a process that releases addresses and has no key. */
export function withoutKeys(): AppError {
  const flags = "--token-public-keys and --token-public-key-files";
  return new AppError("ConfigInvalid", `${flags}: without a key no pod's allocation can be verified`);
}

/** The signer by --token-keys-secret or --token-key-file; undefined when neither is given. */
export async function openTokenSigner(
  context: SigningContext,
  client: ApiClient | undefined,
  metrics: Metrics,
): Promise<OpenedSigner | undefined> {
  const { config, clock, logger, signal } = context;
  const places = await tokenKeyPlaces(context);
  if (places === undefined) {
    if (config.tokenKeyFile === undefined) return undefined;
    const signer = await createTokenSigner(await loadTokenKey(config.tokenKeyFile));
    return { signer, keys: new Map([[signer.kid, signer.publicKey]]), close: () => Promise.resolve() };
  }
  if (client === undefined)
    throw new AppError("ConfigInvalid", "--kubeconfig none: --token-keys-secret needs a cluster");
  const signer = new StoredSigner({ client, places, clock, logger, metrics });
  const close = () => signer.close();
  try {
    await signer.start({ signal, deadlineMs: clock.monotonicMs() + firstMs });
  } catch (error) {
    await close();
    throw error;
  }
  return { signer, keys: new Map(), close };
}

/**
 * The objects that keep the keys; undefined without --token-keys-secret. Throws `ConfigInvalid` when one of two flags
 * is missing.
 */
export async function tokenKeyPlaces(context: SigningContext): Promise<KeyPlaces | undefined> {
  const { tokenKeyFile, tokenKeysSecret: secret, tokenPublicKeys: configMap } = context.config;
  if (secret === undefined) return undefined;
  if (tokenKeyFile !== undefined) {
    throw new AppError(
      "ConfigInvalid",
      "--token-keys-secret and --token-key-file exclude each other: give one of them",
    );
  }
  if (configMap === undefined) throw new AppError("ConfigInvalid", "--token-keys-secret needs --token-public-keys");
  return { namespace: await systemNamespace(context.config, context), secret, configMap };
}
