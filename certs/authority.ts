// Our own certificate authority. node-forge writes certificates; node:crypto makes keys, and parses and verifies certificates.
import { generateKeyPair, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";
import { type CertificateNames, type LeafKind, printCertificate } from "./certificate-writer.ts";
import { type CertificateKeyPair, parseKeyPair } from "./key-pair.ts";

/** A certificate is valid from this time before its making, for peers whose clock is behind ours. */
const backdateMs = 5 * 60_000;

export interface IssueOptions {
  readonly validityMs: number;
  readonly clock: Clock;
  /** Fills a serial number; `crypto.randomBytes` in production. */
  readonly randomBytes: (size: number) => Buffer;
}

/** An authority that can sign, with its certificate and its key, both in PEM. */
export interface Authority extends CertificateKeyPair {
  readonly commonName: string;
}

/** Makes a new self-signed authority. Its path length is 0, so that it signs leaves only. */
export async function createAuthority(commonName: string, options: IssueOptions): Promise<Authority> {
  const keys = await generateRsaKey();
  const serial = serialNumber(options);
  const validity = validityFrom(options);
  const cert = printCertificate(
    { kind: "authority", commonName, serial, ...validity, publicKey: keys.publicKey },
    keys.privateKey,
  );
  return { cert, key: keys.privateKey, commonName };
}

/** Loads a stored authority. Throws `ConfigInvalid` when it is no authority, or when the key does not belong to it. */
export function loadAuthority(pair: CertificateKeyPair): Authority {
  const { certificate } = parseKeyPair(pair);
  const commonName = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  if (!certificate.ca || commonName === undefined) {
    throw new AppError("ConfigInvalid", `the certificate of ${certificate.subject} is not an authority's`);
  }
  return { ...pair, commonName };
}

/**
 * Issues a serving certificate with a new key. It never outlives its authority. The API server checks only the DNS names, and
 * not the common name.
 */
export function issueServing(
  authority: Authority,
  names: CertificateNames,
  options: IssueOptions,
): Promise<CertificateKeyPair> {
  return issue("serving", authority, names, options);
}

/** Issues a client certificate for `--client-ca-file` of the webhook. Its common name is the name of the client. */
export function issueClient(authority: Authority, name: string, options: IssueOptions): Promise<CertificateKeyPair> {
  return issue("client", authority, [name], options);
}

/** Issues a certificate of any kind with a new key. */
export async function issue(
  kind: LeafKind,
  authority: Authority,
  names: CertificateNames,
  options: IssueOptions,
): Promise<CertificateKeyPair> {
  const keys = await generateRsaKey();
  const cert = signLeaf(kind, authority, names, keys.publicKey, options);
  parseKeyPair({ cert, key: keys.privateKey });
  return { cert, key: keys.privateKey };
}

/** Signs a certificate for a key (SPKI in PEM) that somebody else keeps. It never outlives its authority. */
export function signLeaf(
  kind: LeafKind,
  authority: Authority,
  names: CertificateNames,
  publicKey: string,
  options: IssueOptions,
): string {
  const issuer = new X509Certificate(authority.cert);
  const wanted = validityFrom(options);
  const notAfter = new Date(Math.min(wanted.notAfter.getTime(), issuer.validToDate.getTime()));
  const leaf = { kind, names, serial: serialNumber(options), ...wanted, notAfter, publicKey };
  const cert = printCertificate(leaf, authority.key, authority.cert);
  const issued = new X509Certificate(cert);
  if (!issued.checkIssued(issuer) || !issued.verify(issuer.publicKey)) {
    const problem = `the authority ${authority.commonName} cannot sign: certificate and key do not match`;
    throw new AppError("ConfigInvalid", problem);
  }
  return cert;
}

/** The time at which a certificate of ours is renewed, in milliseconds since the epoch: after two thirds of its life. */
export function renewalTime({ validFromDate, validToDate }: X509Certificate): number {
  const begin = validFromDate.getTime() + backdateMs;
  return begin + ((validToDate.getTime() - begin) * 2) / 3;
}

function validityFrom({ clock, validityMs }: IssueOptions): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(clock.now() - backdateMs), notAfter: new Date(clock.now() + validityMs) };
}

/**
 * A serial number is positive and has at most 20 octets (RFC 5280 4.1.2.2). This one has 16 random octets, of which the first
 * is from 1 to 127, so that it needs no octet for the sign.
 */
function serialNumber({ randomBytes }: IssueOptions): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 1;
  return bytes.toString("hex");
}

const generate = promisify(generateKeyPair);

/** Makes an RSA 2048 key (PKCS #8 and SPKI, in PEM) in another thread. node-forge would block the event loop for seconds. */
export function generateRsaKey(): Promise<{ privateKey: string; publicKey: string }> {
  return generate("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}
