import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { ephemeralTokenKey } from "#src/tokens/token.ts";

/** The key that signs results: from the file, or one that ends with this process. Throws `ConfigInvalid`. */
export async function loadTokenKey(path: string | undefined): Promise<KeyObject> {
  if (path === undefined) return ephemeralTokenKey();
  const key = await readKey(path);
  if (key.asymmetricKeyType === "ed25519") return key;
  throw wrongKey(path, `it holds a key of type ${String(key.asymmetricKeyType)}`);
}

async function readKey(path: string): Promise<KeyObject> {
  try {
    return createPrivateKey(await readFile(path));
  } catch (cause) {
    throw wrongKey(path, fromUnknown(cause).message, cause);
  }
}

function wrongKey(path: string, why: string, cause?: unknown): AppError {
  const message = `--token-key-file ${path} is not an Ed25519 private key in PEM: ${why}`;
  return new AppError("ConfigInvalid", message, { cause });
}
