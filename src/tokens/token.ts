// The signed token beside a result: it says which allocation and which result belong to which pod, so that nobody who
// can edit a pod can give it another's address. EdDSA JWS in compact form (RFC 7515, RFC 8037).
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, exportJWK } from "jose";
import { z } from "zod";
import { refusal } from "#src/core/errors.ts";

/** Format version in each token; a verifier refuses what it does not know. */
const formatVersion = 1;
const algorithm = "EdDSA";
/** The token of a dry run: constant, and never valid. */
export const dryRunToken = "dry-run";

/** The pod that a token is for. While it is being created `name` is empty when the API server will generate it. */
export interface TokenSubject {
  readonly allocation: string;
  readonly namespace: string;
  readonly name: string;
  readonly generateName: string;
  /** The result annotation as it is stored, byte for byte. */
  readonly result: string;
}

const payloadSchema = z.object({
  v: z.literal(formatVersion),
  id: z.string(),
  ns: z.string(),
  pod: z.string(),
  gen: z.string(),
  sha256: z.string(),
});

/** Whoever signs results; its key may change from one to the next. */
export interface ResultSigner {
  sign(subject: TokenSubject): string;
}

export interface TokenSigner extends ResultSigner {
  /** The signing key's id: its RFC 7638 thumbprint. */
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/** Makes a signer from an Ed25519 private key. It signs on the spot: ADR 13. */
export async function createTokenSigner(privateKey: KeyObject): Promise<TokenSigner> {
  const publicKey = createPublicKey(privateKey);
  const kid = await keyId(publicKey);
  const header = base64url(JSON.stringify({ alg: algorithm, kid }));
  return {
    kid,
    publicKey,
    sign(subject) {
      const input = `${header}.${base64url(JSON.stringify(payloadOf(subject)))}`;
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
    },
  };
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** A key for one run, where none is configured: its tokens mean nothing to other processes. */
export function ephemeralTokenKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

export function keyId(publicKey: KeyObject): Promise<string> {
  return exportJWK(publicKey).then((jwk) => calculateJwkThumbprint(jwk));
}

/**
 * Public keys by kid: a map, or what looks further before it says that there is no such key. Those of rotated keys stay
 * until no pod carries their tokens.
 */
export interface TokenKeys {
  get(kid: string): KeyObject | undefined | Promise<KeyObject | undefined>;
}

/**
 * Checks that the token was made for this subject. A pod that the API server named by generateName is accepted when
 * its name begins with that. Throws `ForgedResult`, which says what does not fit, and what the keys throw.
 */
export async function verifyToken(token: string, subject: TokenSubject, keys: TokenKeys): Promise<void> {
  const payload = await readPayload(token, keys);
  const wanted = payloadOf(subject);
  const isNamed = payload.pod === "" ? wasGenerated(payload.gen, subject) : payload.pod === subject.name;
  if (payload.ns !== wanted.ns || !isNamed) throw forged(subject, "was made for another pod");
  if (payload.id !== wanted.id) throw forged(subject, "was made for another allocation");
  if (payload.sha256 !== wanted.sha256) throw forged(subject, "was made for another result: the result was edited");
}

function wasGenerated(prefix: string, subject: TokenSubject): boolean {
  return prefix !== "" && prefix === subject.generateName && subject.name.startsWith(prefix);
}

/** The key that a token names; undefined for what is no token. Says nothing about the signature. */
export function tokenKeyId(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

async function readPayload(token: string, keys: TokenKeys): Promise<z.output<typeof payloadSchema>> {
  const subject = { name: "", namespace: "" };
  const kid = tokenKeyId(token);
  if (kid === undefined) throw forged(subject, "does not carry a valid signature");
  const key = await keys.get(kid);
  if (key === undefined) throw forged(subject, "is not signed with a key of ours");
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
    return payloadSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (cause) {
    throw forged(subject, "does not carry a valid signature", cause);
  }
}

function payloadOf(subject: TokenSubject): z.output<typeof payloadSchema> {
  const { allocation: id, namespace: ns, name: pod, generateName } = subject;
  const sha256 = createHash("sha256").update(subject.result).digest("base64url");
  return { v: formatVersion, id, ns, pod, gen: pod === "" ? generateName : "", sha256 };
}

function forged(subject: { readonly namespace: string; readonly name: string }, reason: string, cause?: unknown) {
  const field =
    subject.name === "" ? "the allocation token" : `the allocation token of ${subject.namespace}/${subject.name}`;
  return refusal("ForgedResult", { field, value: undefined, reason, remedy: "re-create the pod" }, cause);
}
