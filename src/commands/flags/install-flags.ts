import type { FlagTable } from "#src/core/config.ts";

const commands = ["install-shim"] as const;
const group = "Installation";

/** The flags for putting the shim on a node, and for taking an installation away. */
export const installFlags = {
  shimFile: {
    flag: "shim-file",
    type: "string",
    placeholder: "file",
    default: "/opt/ovn4nfv/ovn4nfv-cni",
    group,
    commands,
    help: "The shim to install. The image has it there.",
  },
  pluginFolder: {
    flag: "plugin-folder",
    type: "string",
    placeholder: "folder",
    default: "/opt/cni/bin",
    group,
    commands,
    help: "Folder in which the container runtime looks for CNI plugins.",
  },
  pluginNames: {
    flag: "plugin-names",
    type: "list",
    placeholder: "name",
    default: "ovn4nfv-cni",
    group,
    commands,
    help: "Names under which the shim is installed. CNI configurations with these types are then ours.",
  },
  inheritedNames: {
    flag: "inherited-plugin-names",
    type: "list",
    placeholder: "name",
    default: "ovn4nfvk8s-cni",
    group,
    commands,
    help: "Names of Nodus under which the shim is installed as well. A name is left out when another executable has it, because then Nodus runs on the node, or has run.",
  },
  force: {
    flag: "force",
    type: "bool",
    default: "false",
    group,
    commands: ["uninstall"],
    help: "Uninstall also while pods hold addresses. The addresses are free at once, and the interfaces of these pods are dead.",
  },
  uninstallTimeoutMs: {
    flag: "uninstall-timeout",
    type: "duration",
    default: "2m",
    group,
    commands: ["uninstall"],
    help: "Time that everything together may take. Another run does what was not done by then.",
  },
} as const satisfies FlagTable;
