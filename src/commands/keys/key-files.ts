import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { ephemeralTokenKey, keyId } from "#src/tokens/token.ts";

/**
 * The keys by which results are verified, one from each PEM file. A file may hold a private key on a machine that has it
 * anyway. Throws `ConfigInvalid` that names the file.
 */
export async function loadPublicKeys(paths: readonly string[]): Promise<ReadonlyMap<string, KeyObject>> {
  const keys = await Promise.all(
    paths.map((path) => readKey(path, createPublicKey, `${path} is not an Ed25519 public key in PEM`)),
  );
  return new Map(await Promise.all(keys.map(async (key) => [await keyId(key), key] as const)));
}

/** The key that signs results: from the file, or one that ends with this process. Throws `ConfigInvalid`. */
export async function loadTokenKey(path: string | undefined): Promise<KeyObject> {
  if (path === undefined) return ephemeralTokenKey();
  return readKey(path, createPrivateKey, `--token-key-file ${path} is not an Ed25519 private key in PEM`);
}

async function readKey(path: string, parse: (pem: Buffer) => KeyObject, problem: string): Promise<KeyObject> {
  let key: KeyObject;
  try {
    key = parse(await readFile(path));
  } catch (cause) {
    throw new AppError("ConfigInvalid", `${problem}: ${fromUnknown(cause).message}`, { cause });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new AppError("ConfigInvalid", `${problem}: it holds a key of type ${String(key.asymmetricKeyType)}`);
}
