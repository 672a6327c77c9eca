import { sign } from "node:crypto";
import forge from "node-forge";

/**
 * The key (RSA in PEM) in the form in which `certificate.sign` takes it, for a signature with SHA-256 (RFC 4055, section 5). forge by itself
 * computes with RSA in JavaScript, which takes 50 times as long and lets nothing else run.
 */
export function nativeSigner(certificate: forge.pki.Certificate, key: string): forge.pki.rsa.PrivateKey {
  const signEncoded = (): string => {
    // forge has encoded the certificate when it asks for the signature.
    const { tbsCertificate } = certificate as unknown as { readonly tbsCertificate: forge.asn1.Asn1 };
    const encoded = Buffer.from(forge.asn1.toDer(tbsCertificate).getBytes(), "latin1");
    return sign("sha256", encoded, key).toString("latin1");
  };
  return { sign: signEncoded } as unknown as forge.pki.rsa.PrivateKey;
}
