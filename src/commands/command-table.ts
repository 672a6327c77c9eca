import type { CommandTable } from "./command.ts";

/** Every subcommand there is, in the order of `--help`. */
export const commandTable: CommandTable = {
  webhook: {
    summary: "Serve the mutating admission webhook: allocate addresses while pods are being created.",
    operands: "",
    examples: [
      "ovn4nfv webhook --nb tcp:192.0.2.1:6641 --tls-cert-file tls.crt --tls-key-file tls.key",
      "ovn4nfv webhook --nb unix:/run/ovn/ovnnb_db.sock --kubeconfig none",
    ],
    load: async () => (await import("./webhook.ts")).webhook,
  },
  version: {
    summary: "Print the versions of this program and of Node.",
    operands: "",
    examples: ["ovn4nfv version -o json"],
    load: async () => (await import("./version.ts")).version,
  },
};
