import type { FlagTable } from "#src/core/config.ts";

const serving = ["webhook"] as const;

/**
 * The flags of the webhook's certificate, which comes from files, from a Secret of the replicas, or is made for this
 * run.
 */
export const certificateFlags = {
  tlsCertFile: {
    flag: "tls-cert-file",
    type: "string",
    placeholder: "file",
    group: "Serving",
    commands: [...serving, "view"],
    help: "Certificate chain (PEM). It is read again when it changes. Without this flag the process makes a self-signed pair at start, the webhook unless it has --tls-secret.",
  },
  tlsKeyFile: {
    flag: "tls-key-file",
    type: "string",
    placeholder: "file",
    group: "Serving",
    commands: [...serving, "view"],
    help: "Private key (PEM) of --tls-cert-file.",
  },
  tlsSecret: {
    flag: "tls-secret",
    type: "string",
    placeholder: "name",
    group: "Serving",
    commands: serving,
    help: "Secret with the serving certificate. The replicas make and renew it themselves.",
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
  tlsAuthorityConfigMap: {
    flag: "tls-ca-config-map",
    type: "string",
    placeholder: "name",
    default: "ovn4nfv-webhook-ca",
    group: "Serving",
    commands: ["webhook", "cainjector"],
    help: "ConfigMap in which the webhook publishes the authorities of --tls-ca-secret that are to be trusted, and from which the cainjector writes them into caBundle.",
  },
  heartbeatFile: {
    flag: "heartbeat-file",
    type: "string",
    placeholder: "file",
    group: "Serving",
    commands: ["cainjector", "ovn-certificates"],
    help: "File that gets the uptime of the machine, in seconds, after each look at what the process keeps. A probe reads it, because the process listens nowhere.",
  },
  tlsService: {
    flag: "tls-service",
    type: "string",
    placeholder: "name",
    default: "ovn4nfv-webhook",
    group: "Serving",
    commands: serving,
    help: "Service through which the API server calls the webhook. The certificate in --tls-secret has its name, and those of --tls-names.",
  },
  tlsNames: {
    flag: "tls-names",
    type: "list",
    default: "localhost,127.0.0.1",
    group: "Serving",
    commands: serving,
    help: "DNS names and IP addresses in a certificate that the webhook makes.",
  },
  certificateMs: {
    flag: "certificate-lifetime",
    type: "duration",
    default: "90d",
    min: 1_000,
    group: "Serving",
    commands: [...serving, "ovn-certificates"],
    help: "Time for which a certificate that is made is valid. It is renewed after two thirds of it.",
  },
  authorityMs: {
    flag: "ca-lifetime",
    type: "duration",
    default: "365d",
    min: 1_000,
    group: "Serving",
    commands: [...serving, "ovn-certificates"],
    help: "Time for which an authority is valid. A new one follows after two thirds of it.",
  },
  authoritySettleMs: {
    flag: "ca-settle-time",
    type: "duration",
    default: "30s",
    group: "Serving",
    commands: serving,
    help: "Time that API servers get to load the caBundle of a new authority before that authority signs.",
  },
  bundleSettleMs: {
    flag: "bundle-settle-time",
    type: "duration",
    default: "5m",
    group: "Serving",
    commands: ["ovn-certificates"],
    help: "Time that the programs of OVN get to read the certificate of a new authority, before that authority signs. The kubelet brings a changed Secret to its pods within two minutes.",
  },
} as const satisfies FlagTable;

/** Flags of what keeps the certificate of a node's chassis. */
export const chassisFlags = {
  certificateFolder: {
    flag: "certificate-folder",
    type: "string",
    placeholder: "folder",
    default: "/etc/ovn/tls",
    group: "Node",
    commands: ["chassis-certificate"],
    help: "Folder that gets tls.crt, tls.key and ca.crt.",
  },
  once: {
    flag: "once",
    type: "bool",
    default: "false",
    group: "Node",
    commands: ["chassis-certificate"],
    help: "End as soon as the files are there.",
  },
} as const satisfies FlagTable;

/** Flags of what tells the databases of our own OVN how many members they shall have. */
export const memberFlags = {
  membersFile: {
    flag: "members-file",
    type: "string",
    placeholder: "file",
    default: "/run/ovn/wanted",
    group: "Node",
    commands: ["ovn-members"],
    help: "File that gets the number when the pod ends.",
  },
} as const satisfies FlagTable;
