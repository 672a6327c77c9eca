/** PEM texts of a server certificate with its chain, and of its key. */
export interface ServingKeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Where the server gets its certificate from; the sources are in certs/. */
export interface ServingCertificate {
  /** A pair that belongs together. */
  current(): ServingKeyPair;
  /** Calls back with each new pair; the returned function ends that. */
  onChange(listener: (pair: ServingKeyPair) => void): () => void;
}
