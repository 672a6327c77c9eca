// The keys of the allocation token where all processes find them: private ones in a Secret, public ones in a ConfigMap.
// Rotation is two writes with time between: publish the next key, and only later sign with it.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { AppError } from "#src/core/errors.ts";
import { keyId } from "./token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { configMapData, secretData } from "#src/kube/client/object-data.ts";

/** A private key, and when it was made (wall clock); unknown for one that was put there by hand. */
export interface PrivateTokenKey {
  readonly privateKey: KeyObject;
  readonly createdAtMs: number | undefined;
}

/** The Secret: the key that signs, and for some time the one that will. */
export interface KeyRing {
  /** Id of the key that signs. */
  readonly signing: string;
  readonly keys: ReadonlyMap<string, PrivateTokenKey>;
}

const signingField = "signing";
const pemField = /^(?<kid>[\w-]+)\.pem$/;

/** Names of the entries of a key: `<kid>.pem` in both objects, `<kid>.created` in the Secret. */
export const keyFields = {
  signing: signingField,
  pem: (kid: string) => `${kid}.pem`,
  created: (kid: string) => `${kid}.created`,
} as const;

/** Undefined for a Secret that is still empty. Throws `ConfigInvalid` for one that holds something else. */
export function readKeyRing(secret: KubeObject): KeyRing | undefined {
  const data = secretData(secret);
  if (data.size === 0) return undefined;
  const { name } = secret.metadata;
  const signing = data.get(signingField) ?? "";
  const keys = new Map<string, PrivateTokenKey>();
  for (const [kid, pem] of pems(data)) {
    const created = Date.parse(data.get(keyFields.created(kid)) ?? "");
    const privateKey = ed25519(`${name}: ${kid}`, () => createPrivateKey(pem));
    keys.set(kid, { privateKey, createdAtMs: Number.isNaN(created) ? undefined : created });
  }
  if (keys.has(signing)) return { signing, keys };
  throw new AppError("ConfigInvalid", `${name}: "${signingField}" must name one of the keys that the Secret holds`);
}

/** The keys of the ConfigMap, by kid. Throws `ConfigInvalid` for an entry that is no key. */
export function readPublishedKeys(configMap: KubeObject): ReadonlyMap<string, KeyObject> {
  const { name } = configMap.metadata;
  const entries = [...pems(configMapData(configMap))];
  return new Map(entries.map(([kid, pem]) => [kid, ed25519(`${name}: ${kid}`, () => createPublicKey(pem))]));
}

/** The entry of the ConfigMap that a private key is verified by. */
export function printPublicKey(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
}

/** A new key, with the entries that the Secret holds of it. Its id can be typed: one with a dash in front would be a flag. */
export async function newTokenKey(
  now: number,
): Promise<{ readonly kid: string; readonly entries: Record<string, string> }> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const kid = await keyId(publicKey);
  if (kid.startsWith("-")) return newTokenKey(now);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { kid, entries: { [keyFields.pem(kid)]: pem, [keyFields.created(kid)]: new Date(now).toISOString() } };
}

function* pems(data: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  for (const [field, pem] of data) {
    const kid = pemField.exec(field)?.groups?.["kid"];
    if (kid !== undefined) yield [kid, pem];
  }
}

function ed25519(what: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  let cause: unknown;
  try {
    key = parse();
  } catch (caught) {
    cause = caught;
  }
  if (key?.asymmetricKeyType === "ed25519") return key;
  throw new AppError("ConfigInvalid", `${what} is not an Ed25519 key in PEM`, { cause });
}
