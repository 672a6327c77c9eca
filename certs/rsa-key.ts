import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

/** PEM texts of a private key (PKCS #8) and its public key (SPKI). */
export interface PemKeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

const generate = promisify(generateKeyPair);

/** Makes an RSA 2048 key off the event loop; node-forge alone would block it for seconds. */
export async function generateRsaKey(): Promise<PemKeyPair> {
  return generate("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}
