import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { ephemeralTokenKey } from "#src/ipam/token.ts";

/** The key that signs results: from the file, or one that ends with this process. Throws `ConfigInvalid`. */
export async function loadTokenKey(path: string | undefined): Promise<KeyObject> {
  if (path === undefined) return ephemeralTokenKey();
  try {
    const key = createPrivateKey(await readFile(path));
    if (key.asymmetricKeyType === "ed25519") return key;
    throw new Error(`it holds a key of type ${String(key.asymmetricKeyType)}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("ConfigInvalid", `--token-key-file ${path} is not an Ed25519 private key in PEM: ${why}`, {
      cause,
    });
  }
}
