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
    commands: ["admit", "pods", "claims", "chains", "taps", "services", "policies", "trace", "doctor", "view"],
    help: "For admit: the namespace of objects that name none (default). For pods, claims, chains, taps, services and policies, and for what view shows of namespaces: the namespace that is shown (all). For trace: the namespace of pods that name none (default). For doctor: the namespace in which it tries a pod that is not stored (default).",
    helpOf: {
      admit: "Namespace of objects that name none. Without this flag it is default.",
      pods: "Namespace whose pods are shown. Without this flag it is all of them.",
      claims: "Namespace whose claims are shown. Without this flag it is all of them.",
      chains: "Namespace whose chains are shown. Without this flag it is all of them.",
      taps: "Namespace whose taps are shown. Without this flag it is all of them.",
      services: "Namespace whose Services are shown. Without this flag it is all of them.",
      policies: "Namespace whose policies are shown. Without this flag it is all of them.",
      trace: "Namespace of pods that are written without one. Without this flag it is default.",
      view: "Namespace whose objects are shown, beside those that are in none. Without this flag it is all of them.",
      doctor: "Namespace in which doctor tries a pod that is not stored. Without this flag it is default.",
    },
  },
  proto: {
    flag: "proto",
    type: "enum",
    values: ["icmp", "tcp", "udp", "sctp"],
    default: "icmp",
    group,
    commands: ["trace"],
    help: "Protocol of the packet. icmp is a ping.",
  },
  port: {
    flag: "port",
    type: "int",
    default: "80",
    typedOnly: true,
    min: 1,
    max: 65_535,
    group,
    commands: ["trace"],
    help: "Port of the destination, for tcp, udp and sctp.",
  },
  ovnTrace: {
    flag: "ovn-trace",
    type: "string",
    placeholder: "command",
    default: "ovn-trace",
    group,
    commands: ["trace", "view"],
    help: "OVN's program ovn-trace, which has to be as new as ovn-northd. Words before it run it elsewhere: 'kubectl -n kube-system exec deployment/ovn-central -- ovn-trace'. It gets the endpoints and files of --sb as they are.",
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
