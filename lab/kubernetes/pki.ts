import { createPublicKey, generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import forge from "node-forge";

/** A private key and its certificate (or its public key), in PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export interface Subject {
  readonly commonName: string;
  /** Kubernetes takes these as groups. */
  readonly organizations?: readonly string[];
}

export interface LeafOptions extends Subject {
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
}

const generate = promisify(generateKeyPair);
const validDays = 30;

/** Makes an RSA private key, in PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await generate("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs1", format: "pem" }) as string;
}

export function publicKeyOf(privateKey: string): string {
  return createPublicKey(privateKey).export({ type: "spki", format: "pem" }) as string;
}

/** A certificate authority of the tests, in memory. */
export class TestAuthority {
  readonly certificate: string;
  readonly key: string;

  private constructor({ key, certificate }: KeyPair) {
    this.key = key;
    this.certificate = certificate;
  }

  static async create(commonName: string): Promise<TestAuthority> {
    const key = await newPrivateKey();
    const subject = { commonName };
    const extensions = [{ name: "basicConstraints", cA: true, critical: true }];
    return new TestAuthority({ key, certificate: sign({ subject, issuer: subject, key, signer: key, extensions }) });
  }

  /** Issues a certificate that serves both a server and a client. */
  async issue({ commonName, organizations = [], dnsNames = [], addresses = [] }: LeafOptions): Promise<KeyPair> {
    const key = await newPrivateKey();
    const altNames = [...dnsNames.map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))];
    const extensions = [
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      ...(altNames.length === 0 ? [] : [{ name: "subjectAltName", altNames }]),
    ];
    const issuer = forge.pki.certificateFromPem(this.certificate).subject.getField("CN") as { value: string };
    const subject = { commonName, organizations };
    const signer = this.key;
    return { key, certificate: sign({ subject, issuer: { commonName: issuer.value }, key, signer, extensions }) };
  }
}

interface SigningRequest {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly key: string;
  readonly signer: string;
  readonly extensions: readonly object[];
}

function sign({ subject, issuer, key, signer, extensions }: SigningRequest): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKeyOf(key));
  // The number is positive and has no leading zero byte, because Go refuses DER that is not minimal.
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + validDays * 86_400_000);
  certificate.setSubject(attributesOf(subject));
  certificate.setIssuer(attributesOf(issuer));
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(signer), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

function attributesOf({ commonName, organizations = [] }: Subject): forge.pki.CertificateField[] {
  return [
    ...organizations.map((value) => ({ name: "organizationName", value })),
    { name: "commonName", value: commonName },
  ];
}
