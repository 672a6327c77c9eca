import type { FlagTable } from "#src/core/config.ts";

const commands = ["install-shim"] as const;
const group = "Installation";

/** The flags that say what goes where on a node. */
export const installFlags = {
  shimFile: {
    flag: "shim-file",
    type: "string",
    placeholder: "file",
    default: "/opt/ovn4nfv/ovn4nfv-cni",
    group,
    commands,
    help: "The shim to install; the image has it there.",
  },
  pluginFolder: {
    flag: "plugin-folder",
    type: "string",
    placeholder: "folder",
    default: "/opt/cni/bin",
    group,
    commands,
    help: "Where the container runtime looks for CNI plugins.",
  },
  pluginNames: {
    flag: "plugin-names",
    type: "list",
    placeholder: "name",
    default: "ovn4nfv-cni",
    group,
    commands,
    help: "Names under which the shim is installed: the types in CNI configurations that shall be ours.",
  },
  inheritedNames: {
    flag: "inherited-plugin-names",
    type: "list",
    placeholder: "name",
    default: "ovn4nfvk8s-cni",
    group,
    commands,
    help: "Names of Nodus under which the shim is installed as well, unless another executable is there: Nodus runs on the node, or has run.",
  },
  force: {
    flag: "force",
    type: "bool",
    default: "false",
    group,
    commands: ["uninstall"],
    help: "Also while pods hold addresses: they are free at once, and the interfaces of these pods are dead.",
  },
  uninstallTimeoutMs: {
    flag: "uninstall-timeout",
    type: "duration",
    default: "2m",
    group,
    commands: ["uninstall"],
    help: "How long everything together may take; what was not done by then is done by another run.",
  },
} as const satisfies FlagTable;
