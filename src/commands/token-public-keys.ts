import { loadPublicKeys } from "#cni/agent/public-keys.ts";
import { AppError } from "#src/core/errors.ts";
import type { TokenKeys } from "#src/ipam/token.ts";

/** The keys of --token-public-key-files for those who release addresses. Throws `ConfigInvalid`, also when there is none. */
export async function loadTokenPublicKeys(paths: readonly string[]): Promise<TokenKeys> {
  const keys = await loadPublicKeys(paths);
  if (keys.size > 0) return keys;
  throw new AppError("ConfigInvalid", "--token-public-key-files: without a key no pod's allocation can be verified");
}
