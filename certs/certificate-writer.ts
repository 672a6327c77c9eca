import { isIP } from "node:net";
import forge from "node-forge";
import { nativeSigner } from "./native-signer.ts";

/** The names of a leaf: DNS names and IP addresses. The first one that is short enough is also the common name. */
export type CertificateNames = readonly [string, ...string[]];

interface Described {
  /** The serial number, in hexadecimal. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The public key: SPKI in PEM. */
  readonly publicKey: string;
}

export type CertificateDescription =
  | (Described & { readonly kind: "authority"; readonly commonName: string })
  | (Described & { readonly kind: LeafKind; readonly names: CertificateNames });

/**
 * The extended key usage of a leaf, which proves a server or a client. Only a peer, as a member of a database of OVN, is both: it
 * has one certificate for what it serves and for the other members that it calls.
 */
const extendedKeyUsages = {
  serving: { serverAuth: true },
  client: { clientAuth: true },
  peer: { serverAuth: true, clientAuth: true },
} as const;

export type LeafKind = keyof typeof extendedKeyUsages;

/** RFC 5280 limits a common name to 64 characters. Longer names are only in the alternative names. */
export const maxCommonName = 64;

/**
 * The PEM text of an X.509 v3 certificate, signed with SHA-256 by `signingKey` (RSA in PEM). `issuerCertificate` (PEM) belongs
 * to the signer. Without it the certificate is self-signed.
 */
export function printCertificate(
  description: CertificateDescription,
  signingKey: string,
  issuerCertificate?: string,
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(description.publicKey);
  certificate.serialNumber = description.serial;
  certificate.validity.notBefore = description.notBefore;
  certificate.validity.notAfter = description.notAfter;
  // forge would choose PrintableString, which may not contain "@" and "*": then Go refuses the whole certificate.
  const valueTagClass = forge.asn1.Type.UTF8 as unknown as forge.asn1.Class;
  certificate.setSubject([{ name: "commonName", value: commonNameOf(description), valueTagClass }]);
  const issuer = issuerCertificate === undefined ? certificate : forge.pki.certificateFromPem(issuerCertificate);
  certificate.setIssuer(issuer.subject.attributes);
  const issuerKeyId = issuer.generateSubjectKeyIdentifier().getBytes();
  certificate.setExtensions([
    ...extensionsOf(description),
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: issuerKeyId },
  ]);
  certificate.sign(nativeSigner(signingKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");
}

function extensionsOf(description: CertificateDescription): object[] {
  if (description.kind === "authority") {
    return [
      { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
      { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    ];
  }
  return [
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", ...extendedKeyUsages[description.kind] },
    { name: "subjectAltName", altNames: description.names.map(altName) },
  ];
}

const dnsName = 2;
const ipAddress = 7;

function altName(name: string): object {
  return isIP(name) === 0 ? { type: dnsName, value: name } : { type: ipAddress, ip: name };
}

function commonNameOf(description: CertificateDescription): string {
  if (description.kind === "authority") return description.commonName;
  return description.names.find((name) => name.length <= maxCommonName) ?? "ovn4nfv";
}
