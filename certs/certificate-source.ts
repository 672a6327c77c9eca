import type { CertificateKeyPair } from "./key-pair.ts";

/**
 * Where a TLS server gets its certificate from. The pair of `current()` belongs together; `onChange` calls back with
 * each later one, and its result ends that. `webhooks/server` describes the part it needs by itself.
 */
export interface CertificateSource {
  current(): CertificateKeyPair;
  onChange(listener: (pair: CertificateKeyPair) => void): () => void;
  close(): Promise<void>;
}

/** A source whose certificate never changes: a self-signed pair in memory. */
export function fixedCertificate(pair: CertificateKeyPair): CertificateSource {
  return {
    current: () => pair,
    onChange: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
