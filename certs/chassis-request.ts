// The request of a chassis for its certificate: PKCS #10, with the name of the node and nothing else.
import forge from "node-forge";
import { AppError } from "#src/core/errors.ts";
import { generateRsaKey } from "./authority.ts";
import { nativeSigner } from "./native-signer.ts";

/** Requests for this signer are ours. Kubernetes gives signers names of a domain. */
export const chassisSigner = "k8s.plugin.opnfv.org/ovn-chassis";

export interface ChassisRequest {
  readonly name: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

/** Makes a key, and the request (PEM) for a certificate of it. */
export async function makeChassisRequest(name: string): Promise<{ readonly request: string; readonly key: string }> {
  const keys = await generateRsaKey();
  const csr = forge.pki.createCertificationRequest();
  csr.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  csr.setSubject([{ name: "commonName", value: name }]);
  csr.sign(nativeSigner(keys.privateKey), forge.md.sha256.create());
  return { request: forge.pki.certificationRequestToPem(csr), key: keys.privateKey };
}

/** Reads a request, whose key must have signed it. Throws `ConfigInvalid`, which says what is wrong. */
export function readChassisRequest(pem: string): ChassisRequest {
  const csr = parse(pem);
  const [subject, ...others] = csr.subject.attributes as readonly {
    readonly name?: string;
    readonly value?: unknown;
  }[];
  if (subject?.name !== "commonName" || typeof subject.value !== "string" || others.length > 0) {
    throw new AppError("ConfigInvalid", "the subject of the request must be a common name alone");
  }
  if (csr.publicKey === null) throw new AppError("ConfigInvalid", "the request has no key");
  const publicKey = forge.pki.publicKeyToPem(csr.publicKey);
  return { name: subject.value, publicKey: publicKey.replaceAll("\r\n", "\n") };
}

function parse(pem: string): ReturnType<typeof forge.pki.certificationRequestFromPem> {
  if (pem.length > longestRequest) throw new AppError("ConfigInvalid", "the request is longer than any of a chassis");
  const csr = attempt(() => forge.pki.certificationRequestFromPem(pem, true));
  // The request is parsed, and forge reads RSA keys only.
  const { n, e } = csr.publicKey as forge.pki.rsa.PublicKey;
  if (n.bitLength() > mostModulusBits || e.bitLength() > mostExponentBits) {
    const most = `more than ${mostModulusBits} bits, or an exponent of more than ${mostExponentBits}`;
    throw new AppError("ConfigInvalid", `the key of the request has ${most}`);
  }
  if (!attempt(() => csr.verify())) throw new AppError("ConfigInvalid", noRequest);
  return csr;
}

function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw new AppError("ConfigInvalid", noRequest, { cause });
  }
}

/** forge verifies in JavaScript, and lets nothing else run meanwhile. With these limits that takes milliseconds. */
const longestRequest = 16_384;
const mostModulusBits = 8_192;
const mostExponentBits = 32;

const noRequest = "the request is no signed PKCS #10 of an RSA key";
