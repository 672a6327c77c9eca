import type { FlagTable } from "#src/core/config.ts";

const group = "Input";

/** The flags that say what a subcommand looks at. */
export const inputFlags = {
  file: {
    flag: "filename",
    short: "f",
    type: "list",
    placeholder: "file",
    default: "",
    group,
    commands: ["admit"],
    help: "Manifests (YAML or JSON) with pods or workloads. - is standard input.",
  },
  namespace: {
    flag: "namespace",
    short: "n",
    type: "string",
    placeholder: "namespace",
    group,
    commands: ["admit", "pods", "chains", "doctor"],
    help: "For admit: the namespace of objects that name none (default). For pods and chains: the namespace that is shown (all). For doctor: the namespace in which it tries a pod that is not stored (default).",
    helpOf: {
      admit: "Namespace of objects that name none. Without this flag it is default.",
      pods: "Namespace whose pods are shown. Without this flag it is all of them.",
      chains: "Namespace whose chains are shown. Without this flag it is all of them.",
      doctor: "Namespace in which doctor tries a pod that is not stored. Without this flag it is default.",
    },
  },
  dryRun: {
    flag: "dry-run",
    type: "bool",
    default: "true",
    group,
    commands: ["admit"],
    help: "Only read: the addresses are examples, and nothing is reserved.",
    helpWhenOff:
      "Reserve the addresses in NB for the cluster of --kubeconfig, whose controller sweeps them after --reservation-lease unless the pod was created. With --kubeconfig none they stay until somebody deletes the ports.",
  },
} as const satisfies FlagTable;
