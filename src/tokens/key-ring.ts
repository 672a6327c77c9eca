// The keys of the allocation token, in a place where all processes find them: private keys in a Secret, public keys in a
// ConfigMap. A rotation is two writes with time between: the next key is published first, and signs only later.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { AppError } from "#src/core/errors.ts";
import { keyId } from "./token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { configMapData, secretData } from "#src/kube/client/object-data.ts";

/** A private key, and the wall-clock time at which it was made. The time is unknown for a key that was put there by hand. */
export interface PrivateTokenKey {
  readonly privateKey: KeyObject;
  readonly createdAtMs: number | undefined;
}

/** The private keys of the Secret: the key that signs, and for some time the next one. */
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

/** Reads the Secret. The result is undefined when it is still empty. Throws `ConfigInvalid` when it holds something else. */
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

/** Reads the keys of the ConfigMap, by kid. Throws `ConfigInvalid` for an entry that is no key. */
export function readPublishedKeys(configMap: KubeObject): ReadonlyMap<string, KeyObject> {
  const { name } = configMap.metadata;
  const entries = [...pems(configMapData(configMap))];
  return new Map(entries.map(([kid, pem]) => [kid, ed25519(`${name}: ${kid}`, () => createPublicKey(pem))]));
}

/** Prints the public half of a private key as PEM, for the ConfigMap. */
export function printPublicKey(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
}

/** Makes a key, with its entries for the Secret. Its id does not begin with a dash, because users type it and it would be a flag. */
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
