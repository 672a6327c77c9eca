import type { CertificateKeyPair } from "./key-pair.ts";

/**
 * Gives a TLS server its certificate. `current()` returns a certificate and a key that belong together. `onChange` calls the
 * listener with each later pair; the returned function ends that.
 */
export interface CertificateSource {
  current(): CertificateKeyPair;
  onChange(listener: (pair: CertificateKeyPair) => void): () => void;
  close(): Promise<void>;
}

/** A source whose certificate never changes, such as a self-signed pair in memory. */
export function fixedCertificate(pair: CertificateKeyPair): CertificateSource {
  return {
    current: () => pair,
    onChange: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
