import type { FlagTable } from "#src/core/config.ts";

const signing = ["webhook", "controller"] as const;
const verifying = ["webhook", "controller", "agent", "check", "support-bundle", "restore"] as const;

/** The flags of the keys of the token, which come from files or from the Secret and ConfigMap of the installation, and --yes. */
export const tokenFlags = {
  tokenKeyFile: {
    flag: "token-key-file",
    type: "string",
    placeholder: "file",
    group: "Token keys",
    commands: [...signing, "admit"],
    help: "Ed25519 private key (PEM, PKCS #8) that signs results. Without it and --token-keys-secret the webhook makes a key that ends with the process, and the controller makes no late allocations.",
  },
  tokenPublicKeyFiles: {
    flag: "token-public-key-files",
    type: "list",
    placeholder: "file",
    default: "",
    group: "Token keys",
    commands: verifying,
    help: "Files of Ed25519 keys (PEM) by which results are verified. Keep a rotated key until no pod carries its tokens.",
  },
  tokenKeysSecret: {
    flag: "token-keys-secret",
    type: "string",
    placeholder: "name",
    group: "Token keys",
    commands: [...signing, "keys"],
    help: "Secret with the private keys, in place of --token-key-file. The first process makes it, and the controller rotates its keys. It needs --token-public-keys.",
  },
  tokenPublicKeys: {
    flag: "token-public-keys",
    type: "string",
    placeholder: "name",
    group: "Token keys",
    commands: [...verifying, "keys"],
    help: "ConfigMap with the public keys, which is watched. The keys of --token-public-key-files count too. Without both flags `check`, `support-bundle` and `keys` take ovn4nfv-token-public-keys, that of the installation.",
  },
  tokenKeyMaxAgeMs: {
    flag: "token-key-max-age",
    type: "duration",
    default: "90d",
    group: "Token keys",
    commands: ["controller"],
    help: "Age at which the leading controller lets another key of --token-keys-secret sign. With 0 it does so only after `ovn4nfv keys rotate`.",
  },
  tokenKeySettleMs: {
    flag: "token-key-settle-time",
    type: "duration",
    default: "60s",
    group: "Token keys",
    commands: ["controller"],
    help: "Time for which a key is published before it signs. Less than 10s is for tests.",
  },
  tokenKeyRetireMs: {
    flag: "token-key-retire-time",
    type: "duration",
    default: "1h",
    group: "Token keys",
    commands: ["controller"],
    help: "Least time for which a public key stays after it signed last. It stays longer while pods carry it. Less than 10m is for tests.",
  },
  confirmed: {
    flag: "yes",
    type: "bool",
    default: "false",
    group: "Confirmation",
    commands: ["keys", "uninstall", "restore"],
    help: "Do it. For restore: stop the webhooks and restore, which is only shown without this flag. For keys: revoke the key although pods carry it; these pods run on, but are not wired again. For uninstall: take the installation away, which is only shown without this flag.",
    helpOf: {
      keys: "Revoke the key although pods carry it. These pods run on, but are not wired again.",
      uninstall: "Take the installation away. Without this flag it is only shown what would go.",
      restore: "Stop the webhooks and restore. Without this flag it is only shown what would be done.",
    },
  },
} as const satisfies FlagTable;
