// The signed token of a pod. It says which allocation and which result belong to the pod, so that people who can edit the pod
// cannot give it the address of another. It is an EdDSA JWS in compact form (RFC 7515, RFC 8037).
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, exportJWK } from "jose";
import * as z from "zod";
import { refusal } from "#src/core/errors.ts";

/** The format version in each token. A verifier refuses versions that it does not know. */
const formatVersion = 1;
const algorithm = "EdDSA";
/** The token of a dry run. It is constant and never valid. */
export const dryRunToken = "dry-run";

/** The pod that a token is for. `name` is empty while the pod is being created, if the API server will generate the name. */
export interface TokenSubject {
  readonly allocation: string;
  readonly namespace: string;
  readonly name: string;
  readonly generateName: string;
  /** The result annotation as it is stored, byte for byte. */
  readonly result: string;
  /** It grows each time that the result of a stored pod is changed. Absent for the result with which the pod was created. */
  readonly revision?: number | undefined;
}

const payloadSchema = z.object({
  v: z.literal(formatVersion),
  id: z.string(),
  ns: z.string(),
  pod: z.string(),
  gen: z.string(),
  sha256: z.string(),
  rev: z.int().min(1).optional(),
});

/** Signs results. Its key may change from one call to the next. */
export interface ResultSigner {
  sign(subject: TokenSubject): string;
}

export interface TokenSigner extends ResultSigner {
  /** Id of the signing key: its thumbprint by RFC 7638. */
  readonly kid: string;
  readonly publicKey: KeyObject;
}

/** Makes a signer from an Ed25519 private key. It signs synchronously, on the event loop: see ADR 13. */
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

/** Makes a key for one run, when none is configured. Its tokens are not valid for other processes. */
export function ephemeralTokenKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

export function keyId(publicKey: KeyObject): Promise<string> {
  return exportJWK(publicKey).then((jwk) => calculateJwkThumbprint(jwk));
}

/**
 * Public keys by kid. It is a map, or something that also asks the API server before it says that there is no such key. Keys
 * that do not sign any more stay until no pod carries a token of them.
 */
export interface TokenKeys {
  get(kid: string): KeyObject | undefined | Promise<KeyObject | undefined>;
}

/**
 * Checks that the token was made for this subject. A pod whose name the API server generated is accepted when its name begins
 * with its generateName. Gives the revision of the result, 0 for the first one. Throws `ForgedResult`, which says what does not
 * fit, and the errors of the keys.
 */
export async function verifyToken(token: string, subject: TokenSubject, keys: TokenKeys): Promise<number> {
  const payload = await readPayload(token, keys);
  const wanted = payloadOf(subject);
  const isNamed = payload.pod === "" ? wasGenerated(payload.gen, subject) : payload.pod === subject.name;
  if (payload.ns !== wanted.ns || !isNamed) throw forged(subject, "was made for another pod");
  if (payload.id !== wanted.id) throw forged(subject, "was made for another allocation");
  if (payload.sha256 !== wanted.sha256) throw forged(subject, "was made for another result: the result was edited");
  return payload.rev ?? 0;
}

function wasGenerated(prefix: string, subject: TokenSubject): boolean {
  return prefix !== "" && prefix === subject.generateName && subject.name.startsWith(prefix);
}

/** The key that a token names; undefined when the text is no token. The signature is not checked. */
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
  const { allocation: id, namespace: ns, name: pod, generateName, revision: rev = 0 } = subject;
  const sha256 = createHash("sha256").update(subject.result).digest("base64url");
  return { v: formatVersion, id, ns, pod, gen: pod === "" ? generateName : "", sha256, ...(rev === 0 ? {} : { rev }) };
}

function forged(subject: { readonly namespace: string; readonly name: string }, reason: string, cause?: unknown) {
  const field =
    subject.name === "" ? "the allocation token" : `the allocation token of ${subject.namespace}/${subject.name}`;
  return refusal("ForgedResult", { field, value: undefined, reason, remedy: "re-create the pod" }, cause);
}
