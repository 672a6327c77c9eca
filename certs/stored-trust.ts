// What the two Secrets hold: an authority with all that is to be trusted, and the certificate that is served.
import { X509Certificate } from "node:crypto";
import { encodeSecretData, secretData } from "#src/kube/client/object-data.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import { type CertificateKeyPair, type ParsedKeyPair, parseKeyPair } from "./key-pair.ts";
import { parseBundle } from "./pem-bundle.ts";

/** The authority that signs from now on, and every one whose certificates are still out. */
export interface StoredAuthority {
  readonly authority: Authority;
  readonly certificate: X509Certificate;
  /** What `caBundle` is to hold; PEM, the newest first. */
  readonly bundle: string;
}

/** The serving certificate, with the authority that signed it (PEM). */
export interface StoredLeaf {
  readonly pair: ParsedKeyPair;
  readonly ca: string;
}

/** Names as cert-manager fills them in, in a Secret of type kubernetes.io/tls. */
const fields = { cert: "tls.crt", key: "tls.key", ca: "ca.crt" } as const;

/** Throws `ConfigInvalid` when the Secret holds no authority. */
export function readAuthority(secret: KubeObject): StoredAuthority {
  const { pair, ca } = readPair(secret);
  const authority = loadAuthority(pair);
  parseBundle(ca);
  return { authority, certificate: new X509Certificate(pair.cert), bundle: ca };
}

/** Throws `ConfigInvalid` when the Secret holds no certificate with its key. */
export function readLeaf(secret: KubeObject): StoredLeaf {
  const { pair, ca } = readPair(secret);
  parseBundle(ca);
  return { pair: parseKeyPair(pair), ca };
}

/** The Secret of a pair; `ca` is the bundle of an authority, or the authority of a leaf. */
export function printSecret({ cert, key }: CertificateKeyPair, ca: string): object {
  return {
    type: "kubernetes.io/tls",
    data: encodeSecretData({ [fields.cert]: cert, [fields.key]: key, [fields.ca]: ca }),
  };
}

/** The change of a Secret that replaces its bundle only. */
export function printBundleChange(bundle: string): object {
  return { data: encodeSecretData({ [fields.ca]: bundle }) };
}

function readPair(secret: KubeObject): { readonly pair: CertificateKeyPair; readonly ca: string } {
  const data = secretData(secret);
  const text = (name: string): string => data.get(name) ?? "";
  return { pair: { cert: text(fields.cert), key: text(fields.key) }, ca: text(fields.ca) };
}
