/** A server certificate with its chain, and its key, in PEM. */
export interface ServingKeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Gives the server its certificate. The implementations are in certs/. */
export interface ServingCertificate {
  /** Gives certificate and key, which belong together. */
  current(): ServingKeyPair;
  /** Calls `listener` with each new pair. The function that it returns ends that. */
  onChange(listener: (pair: ServingKeyPair) => void): () => void;
}
