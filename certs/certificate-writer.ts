import { isIP } from "node:net";
import forge from "node-forge";

/** Whom a leaf names: DNS names and IP addresses; the first that is short enough is the common name as well. */
export type CertificateNames = readonly [string, ...string[]];

interface Described {
  /** Hexadecimal. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

export type CertificateDescription =
  | (Described & { readonly kind: "authority"; readonly commonName: string })
  | (Described & { readonly kind: LeafKind; readonly names: CertificateNames });

/** Extended key usage of a leaf: it proves a server, or a client, never both. */
const extendedKeyUsages = { serving: { serverAuth: true }, client: { clientAuth: true } } as const;

export type LeafKind = keyof typeof extendedKeyUsages;

/** RFC 5280 limits a common name to 64 characters; names longer than that stand in the alternative names only. */
const maxCommonName = 64;

/**
 * The PEM text of an X.509 v3 certificate, signed with SHA-256 by `signingKey` (PEM, RSA). `issuerCertificate` (PEM) is
 * the signer's; absent = signed by itself.
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
  // PrintableString, forge's own choice, has no "@" and no "*": Go refuses the whole certificate.
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
  certificate.sign(forge.pki.privateKeyFromPem(signingKey), forge.md.sha256.create());
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
