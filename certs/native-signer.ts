import { constants, privateEncrypt } from "node:crypto";
import type forge from "node-forge";

/** The DER of a DigestInfo before the 32 bytes of a SHA-256 (RFC 8017, section 9.2, note 1). */
const digestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");

/**
 * The key (RSA in PEM) in the form in which forge takes it to sign certificates and requests with SHA-256: PKCS #1 v1.5. forge by itself
 * computes with RSA in JavaScript, which takes 50 times as long and lets nothing else run.
 */
export function nativeSigner(key: string): forge.pki.rsa.PrivateKey {
  const sign = (message: forge.md.MessageDigest): string => {
    const hash = Buffer.from(message.digest().getBytes(), "latin1");
    const padded = { key, padding: constants.RSA_PKCS1_PADDING };
    return privateEncrypt(padded, Buffer.concat([digestInfo, hash])).toString("latin1");
  };
  return { sign } as unknown as forge.pki.rsa.PrivateKey;
}
