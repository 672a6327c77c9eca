// Reads and prints the two Secrets. One holds an authority and the bundle to trust, the other the serving certificate.
import { X509Certificate } from "node:crypto";
import { encodeSecretData, secretData } from "#src/kube/client/object-data.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import { type CertificateKeyPair, type ParsedKeyPair, parseKeyPair } from "./key-pair.ts";
import { parseBundle } from "./pem-bundle.ts";

/** The authority that signs from now on, and a bundle that also has every authority whose certificates may still be served. */
export interface StoredAuthority {
  readonly authority: Authority;
  readonly certificate: X509Certificate;
  /** The text for `caBundle`: PEM, the newest authority first. */
  readonly bundle: string;
}

/** The serving certificate, with the authority that signed it (PEM). */
export interface StoredLeaf {
  readonly pair: ParsedKeyPair;
  readonly ca: string;
}

/** The names of the entries of a Secret of type kubernetes.io/tls, as cert-manager writes them. */
const fields = { cert: "tls.crt", key: "tls.key", ca: "ca.crt" } as const;

/** Reads the authority of a Secret. Throws `ConfigInvalid` when there is none. */
export function readAuthority(secret: KubeObject): StoredAuthority {
  const { pair, ca } = readPair(secret);
  const authority = loadAuthority(pair);
  parseBundle(ca);
  return { authority, certificate: new X509Certificate(pair.cert), bundle: ca };
}

/** Reads the serving certificate of a Secret. Throws `ConfigInvalid` when there is no certificate with its key. */
export function readLeaf(secret: KubeObject): StoredLeaf {
  const { pair, ca } = readPair(secret);
  parseBundle(ca);
  return { pair: parseKeyPair(pair), ca };
}

/** The content of a Secret for a pair. `ca` is the bundle of an authority, or the authority of a leaf. */
export function printSecret({ cert, key }: CertificateKeyPair, ca: string): object {
  return {
    type: "kubernetes.io/tls",
    data: encodeSecretData({ [fields.cert]: cert, [fields.key]: key, [fields.ca]: ca }),
  };
}

/** The change that replaces only the bundle of a Secret. */
export function printBundleChange(bundle: string): object {
  return { data: encodeSecretData({ [fields.ca]: bundle }) };
}

function readPair(secret: KubeObject): { readonly pair: CertificateKeyPair; readonly ca: string } {
  const data = secretData(secret);
  const text = (name: string): string => data.get(name) ?? "";
  return { pair: { cert: text(fields.cert), key: text(fields.key) }, ca: text(fields.ca) };
}
