import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { keyId } from "#src/tokens/token.ts";

/**
 * The keys that results may be signed with, one from each PEM file: public ones, or private ones on a machine that has
 * them anyway. Throws `ConfigInvalid` that names the file.
 */
export async function loadPublicKeys(paths: readonly string[]): Promise<ReadonlyMap<string, KeyObject>> {
  const keys = await Promise.all(paths.map(readKey));
  return new Map(await Promise.all(keys.map(async (key) => [await keyId(key), key] as const)));
}

async function readKey(path: string): Promise<KeyObject> {
  let key: KeyObject;
  try {
    key = createPublicKey(await readFile(path));
  } catch (cause) {
    throw wrongKey(path, fromUnknown(cause).message, cause);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw wrongKey(path, `it holds a key of type ${String(key.asymmetricKeyType)}`);
}

function wrongKey(path: string, why: string, cause?: unknown): AppError {
  return new AppError("ConfigInvalid", `${path} is not an Ed25519 public key in PEM: ${why}`, { cause });
}
