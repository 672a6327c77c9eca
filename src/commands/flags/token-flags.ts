import type { FlagTable } from "#src/core/config.ts";

const signing = ["webhook", "controller"] as const;
const verifying = ["webhook", "controller", "agent", "check", "support-bundle"] as const;

/** The flags about the keys of the allocation token: from files, or from the Secret and ConfigMap of the installation. */
export const tokenFlags = {
  tokenKeyFile: {
    flag: "token-key-file",
    type: "string",
    placeholder: "file",
    group: "Token keys",
    commands: [...signing, "admit"],
    help: "Ed25519 private key (PEM, PKCS #8) that signs results. Without it and --token-keys-secret the webhook makes one that ends with the process, and the controller allocates nothing late.",
  },
  tokenPublicKeyFiles: {
    flag: "token-public-key-files",
    type: "list",
    placeholder: "file",
    default: "",
    group: "Token keys",
    commands: verifying,
    help: "Ed25519 keys (PEM) that results may be signed with; a rotated key stays until no pod carries its tokens.",
  },
  tokenKeysSecret: {
    flag: "token-keys-secret",
    type: "string",
    placeholder: "name",
    group: "Token keys",
    commands: [...signing, "keys"],
    help: "Secret with the private keys, in place of --token-key-file; whoever comes first makes it, and the controller rotates its keys. Needs --token-public-keys.",
  },
  tokenPublicKeys: {
    flag: "token-public-keys",
    type: "string",
    placeholder: "name",
    group: "Token keys",
    commands: [...verifying, "keys"],
    help: "ConfigMap with the public keys, which is watched; besides those of --token-public-key-files.",
  },
  tokenKeyMaxAgeMs: {
    flag: "token-key-max-age",
    type: "duration",
    default: "90d",
    group: "Token keys",
    commands: ["controller"],
    help: "Age at which the leading controller has another key of --token-keys-secret sign; 0: only when `ovn4nfv keys rotate` asks for it.",
  },
  tokenKeySettleMs: {
    flag: "token-key-settle-time",
    type: "duration",
    default: "60s",
    group: "Token keys",
    commands: ["controller"],
    help: "How long a key is published before it signs; less than 10s is for tests.",
  },
  tokenKeyRetireMs: {
    flag: "token-key-retire-time",
    type: "duration",
    default: "1h",
    group: "Token keys",
    commands: ["controller"],
    help: "How long a public key stays at least after it signed last; then until no pod carries it. Less than 10m is for tests.",
  },
  confirmed: {
    flag: "yes",
    type: "bool",
    default: "false",
    group: "Token keys",
    commands: ["keys", "uninstall"],
    help: "Do it: revoke the key although pods carry it, which go on running but are not wired again; take the installation away, which without this is only looked at.",
  },
} as const satisfies FlagTable;
