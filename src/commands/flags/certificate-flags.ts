import type { FlagTable } from "#src/core/config.ts";

const serving = ["webhook"] as const;

/** The flags about the webhook's own certificate: from files, from a Secret that the replicas keep, or for this run. */
export const certificateFlags = {
  tlsCertFile: {
    flag: "tls-cert-file",
    type: "string",
    placeholder: "file",
    group: "Serving",
    commands: serving,
    help: "Certificate chain (PEM), read again when it changes. Without it and --tls-secret a self-signed pair is made at start.",
  },
  tlsKeyFile: {
    flag: "tls-key-file",
    type: "string",
    placeholder: "file",
    group: "Serving",
    commands: serving,
    help: "Private key (PEM) of --tls-cert-file.",
  },
  tlsSecret: {
    flag: "tls-secret",
    type: "string",
    placeholder: "name",
    group: "Serving",
    commands: serving,
    help: "Secret with the serving certificate, which the replicas make and renew themselves, caBundle of the webhook configurations included.",
  },
  tlsAuthoritySecret: {
    flag: "tls-ca-secret",
    type: "string",
    placeholder: "name",
    default: "ovn4nfv-webhook-ca",
    group: "Serving",
    commands: serving,
    help: "Secret with the authority that signs --tls-secret.",
  },
  tlsService: {
    flag: "tls-service",
    type: "string",
    placeholder: "name",
    default: "ovn4nfv-webhook",
    group: "Serving",
    commands: serving,
    help: "Service by which the API server calls; --tls-secret names it, besides --tls-names.",
  },
  tlsNames: {
    flag: "tls-names",
    type: "list",
    default: "localhost,127.0.0.1",
    group: "Serving",
    commands: serving,
    help: "DNS names and IP addresses in a certificate that is made here.",
  },
  certificateMs: {
    flag: "certificate-lifetime",
    type: "duration",
    default: "90d",
    min: 1_000,
    group: "Serving",
    commands: serving,
    help: "How long a certificate in --tls-secret is good for; renewed after two thirds of it.",
  },
  authorityMs: {
    flag: "ca-lifetime",
    type: "duration",
    default: "365d",
    min: 1_000,
    group: "Serving",
    commands: serving,
    help: "How long the authority in --tls-ca-secret is good for; followed by a new one after two thirds of it.",
  },
  authoritySettleMs: {
    flag: "ca-settle-time",
    type: "duration",
    default: "30s",
    group: "Serving",
    commands: serving,
    help: "How long API servers are given to take up the caBundle of a new authority before it signs.",
  },
} as const satisfies FlagTable;
