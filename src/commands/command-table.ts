import type { CommandTable } from "./command.ts";

/** Every subcommand there is, in the order of `--help`. */
export const commandTable: CommandTable = {
  admit: {
    summary:
      "Run pods and workloads of manifests through the webhook's code, and print what would be written, or the refusal.",
    group: "reports",
    operands: "",
    examples: [
      "ovn4nfv admit -f deploy/samples/one-interface.yaml",
      "ovn4nfv admit --any-switch -o yaml -f deploy/samples/deployment.yaml -f - < deploy/samples/routes.yaml",
      "ovn4nfv admit --no-dry-run --kubeconfig none --log-level error -f deploy/samples/dual-stack.yaml",
    ],
    load: async () => (await import("./admit/admit.ts")).admit,
  },
  networks: {
    summary: "Show each network with its subnets, and how full they are.",
    group: "reports",
    operands: "[network...]",
    examples: [
      "ovn4nfv networks",
      "ovn4nfv networks blue",
      "ovn4nfv networks --nb tcp:127.0.0.1:6641 --timeout 3s -o json",
    ],
    load: async () => (await import("./inspect/networks.ts")).networks,
  },
  addresses: {
    summary: "Show who holds which address and MAC: pods, reservations, routers, NAT, other ports.",
    group: "reports",
    operands: "[network|address...]",
    examples: ["ovn4nfv addresses", "ovn4nfv addresses blue green -o yaml", "ovn4nfv addresses 10.10.0.7"],
    load: async () => (await import("./inspect/addresses.ts")).addresses,
  },
  pods: {
    summary: "Show each pod with an allocation: node, state, and its interfaces with network and addresses.",
    group: "reports",
    operands: "[pod...]",
    examples: ["ovn4nfv pods", "ovn4nfv pods web-0 -n default -o yaml", "ovn4nfv pods --kubeconfig none"],
    load: async () => (await import("./inspect/pods.ts")).pods,
  },
  claims: {
    summary: "Show each IPAMClaim with its addresses, the pod that has them, and what does not belong together.",
    group: "reports",
    operands: "[claim...]",
    examples: ["ovn4nfv claims", "ovn4nfv claims db-0.blue.net1 -n default -o yaml"],
    load: async () => (await import("./inspect/claims.ts")).claims,
  },
  chains: {
    summary: "Show each service chain with its functions, and how many slices of the traffic each pod carries.",
    group: "reports",
    operands: "[chain...]",
    examples: ["ovn4nfv chains", "ovn4nfv chains branch-to-datacenter -n default -o yaml"],
    load: async () => (await import("./inspect/objects/chains.ts")).chains,
  },
  services: {
    summary: "Show each Service on a network with its addresses, its state and its backends' selector.",
    group: "reports",
    operands: "[service...]",
    examples: ["ovn4nfv services", "ovn4nfv services web -n default -o yaml"],
    load: async () => (await import("./inspect/objects/services.ts")).services,
  },
  policies: {
    summary: "Show each network policy with its networks, the pods that it selects there, and what is wrong with it.",
    group: "reports",
    operands: "[policy...]",
    examples: ["ovn4nfv policies", "ovn4nfv policies database -n default -o yaml"],
    load: async () => (await import("./inspect/objects/policies.ts")).policies,
  },
  taps: {
    summary:
      "Show each tap with its sink, and each interface whose packets it copies: node, state, and what is missing.",
    group: "reports",
    operands: "[tap...]",
    examples: ["ovn4nfv taps", "ovn4nfv taps web -n shop -o json"],
    load: async () => (await import("./inspect/objects/taps.ts")).taps,
  },
  trace: {
    summary:
      "Tell what the logical network does with a packet of a pod: routes, chains, NAT, load balancers, drops, and the objects that decide.",
    group: "reports",
    operands: "<pod[/interface]> <address|pod[/interface]>",
    examples: [
      "ovn4nfv trace web-0 192.0.2.80 --sb tcp:192.0.2.1:6642",
      "ovn4nfv trace web-0/net1 db-0 -n shop --proto tcp --port 5432",
      "ovn4nfv trace shop/web-0 shop/db-0/net2 -o json",
    ],
    load: async () => (await import("./trace/trace.ts")).trace,
  },
  nodes: {
    summary: "Show each node with its chassis, versions, wires, and the Uplinks whose gateway it may carry.",
    group: "reports",
    operands: "[node...]",
    examples: ["ovn4nfv nodes", "ovn4nfv nodes n1 -o json"],
    load: async () => (await import("./inspect/objects/nodes.ts")).nodes,
  },
  uplinks: {
    summary:
      "Show each Uplink: where it leads, how full it is, which chassis may carry it, and which networks leave by it.",
    group: "reports",
    operands: "[uplink...]",
    examples: ["ovn4nfv uplinks", "ovn4nfv uplinks west -o yaml"],
    load: async () => (await import("./inspect/objects/uplinks.ts")).uplinks,
  },
  view: {
    summary: "Serve a page to a browser of this machine that shows networks, pods and their addresses live.",
    group: "reports",
    operands: "",
    examples: [
      "ovn4nfv view",
      "ovn4nfv view --namespace shop --page-listen 8480",
      "ovn4nfv view --nb tcp:192.0.2.1:6641 --sb tcp:192.0.2.1:6642",
    ],
    load: async () => (await import("./view/view.ts")).view,
  },
  check: {
    summary:
      "Compare Kubernetes with the Northbound database. The exit status is 0 when they agree, 4 when they do not, and 1 when one of them cannot be read.",
    group: "reports",
    operands: "",
    examples: [
      "ovn4nfv check",
      "kubectl -n ovn4nfv-system exec deploy/ovn4nfv-controller -- ovn4nfv check",
      "ovn4nfv check --repair --timeout 5m",
      "ovn4nfv check --adopt-cluster 5f0c7a52-3e0f-4b57-8f6d-0d1f6f3f0a11",
    ],
    load: async () => (await import("./check/check.ts")).check,
  },
  doctor: {
    summary:
      "Look for faults that keep pods from getting their interfaces, and name the cure of each. The exit status is 5 when there is a fault.",
    group: "reports",
    operands: "",
    examples: ["ovn4nfv doctor --nb tcp:192.0.2.1:6641 --sb tcp:192.0.2.1:6642", "ovn4nfv doctor -o json --timeout 5s"],
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  "support-bundle": {
    summary: "Write reports, objects and logs into a new folder, without secrets, for somebody who looks for a fault.",
    group: "reports",
    operands: "[folder]",
    examples: ["ovn4nfv support-bundle", "ovn4nfv support-bundle --timeout 30s before-upgrade"],
    load: async () => (await import("./support/support-bundle.ts")).supportBundle,
  },
  explain: {
    summary: "Say what a reason of a refusal, fault, condition or Event means, and what to do about it.",
    group: "reports",
    operands: "[reason...]",
    examples: ["ovn4nfv explain", "ovn4nfv explain PoolExhausted", "ovn4nfv explain NoCarrier InUse -o yaml"],
    load: async () => (await import("./explain/explain.ts")).explain,
  },
  keys: {
    summary: "Show the keys that sign allocations, let a new key sign, or revoke an old one.",
    group: "repairs",
    operands: "[action] [kid]",
    examples: [
      "ovn4nfv keys",
      "ovn4nfv keys rotate",
      "ovn4nfv keys revoke 0123456789abcdefghijklmnopqrstuvwxyzABCDEFG --yes",
    ],
    load: async () => (await import("./keys/keys.ts")).keys,
  },
  uninstall: {
    summary: "Remove what an installation has made in the cluster and in the Northbound database.",
    group: "repairs",
    operands: "",
    examples: ["ovn4nfv uninstall", "ovn4nfv uninstall --yes --nb tcp:192.0.2.1:6641"],
    load: async () => (await import("./uninstall/uninstall.ts")).uninstall,
  },
  backup: {
    summary: "Write a backup of the Northbound database into a folder that outlives its pod, and remove old ones.",
    group: "repairs",
    operands: "<folder>",
    examples: ["ovn4nfv backup /backup", "ovn4nfv backup --keep 30 --timeout 5m -o json /backup"],
    load: async () => (await import("./backup/backup.ts")).backup,
  },
  restore: {
    summary:
      "Bring the Northbound database back to a backup: stop the webhooks, restore, start them, wait for the controller, compare.",
    group: "repairs",
    operands: "<file>",
    examples: [
      "ovn4nfv restore ovn-nb-20261129T030000Z.db",
      "ovn4nfv restore --yes --nb tcp:192.0.2.1:6641 -o json ovn-nb-20261129T030000Z.db",
    ],
    load: async () => (await import("./restore/restore.ts")).restore,
  },
  webhook: {
    summary: "Serve the mutating admission webhook: allocate addresses while pods are being created.",
    group: "servers",
    operands: "",
    examples: [
      "ovn4nfv webhook --nb tcp:192.0.2.1:6641 --tls-cert-file tls.crt --tls-key-file tls.key",
      "ovn4nfv webhook --nb unix:/run/ovn/ovnnb_db.sock --kubeconfig none",
    ],
    load: async () => (await import("./webhook/webhook.ts")).webhook,
  },
  controller: {
    summary: "Keep pods and ports in agreement: bind, release and sweep addresses, and make lost ports again.",
    group: "servers",
    operands: "",
    examples: [
      "ovn4nfv controller --nb tcp:192.0.2.1:6641 --token-public-key-files /etc/ovn4nfv/token.pub",
      "ovn4nfv controller --force-delete-bound 10m",
    ],
    load: async () => (await import("./controller/controller.ts")).controller,
  },
  cainjector: {
    summary: "Write the authority that the webhook publishes into caBundle of the webhook configurations.",
    group: "servers",
    operands: "",
    examples: [
      "ovn4nfv cainjector --system-namespace ovn4nfv-system",
      "ovn4nfv cainjector --heartbeat-file /run/ovn4nfv/heartbeat",
    ],
    load: async () => (await import("./cainjector/cainjector.ts")).cainjector,
  },
  "ovn-certificates": {
    summary: "Keep the certificates of our own OVN in Secrets, and sign those of its nodes.",
    group: "servers",
    operands: "",
    examples: [
      "ovn4nfv ovn-certificates --system-namespace ovn4nfv-system",
      "ovn4nfv ovn-certificates --certificate-lifetime 30d --ca-lifetime 180d",
    ],
    load: async () => (await import("./own-ovn/ovn-certificates.ts")).ovnCertificates,
  },
  "chassis-certificate": {
    summary: "Get the certificate with which ovn-controller of a node writes to our own OVN, and renew it.",
    group: "servers",
    operands: "",
    examples: ["ovn4nfv chassis-certificate --once", "ovn4nfv chassis-certificate --certificate-folder /run/ovn-tls"],
    load: async () => (await import("./own-ovn/chassis-certificate.ts")).chassisCertificate,
  },
  "ovn-members": {
    summary: "Tell the databases of our own OVN how many members they shall have, when the pod of one ends.",
    group: "servers",
    operands: "",
    examples: ["ovn4nfv ovn-members", "ovn4nfv ovn-members --members-file /run/ovn/wanted"],
    load: async () => (await import("./own-ovn/ovn-members.ts")).ovnMembers,
  },
  agent: {
    summary: "Serve CNI calls on a node: wire the interfaces of its pods into the integration bridge.",
    group: "servers",
    operands: "",
    examples: [
      "ovn4nfv agent --token-public-key-files /etc/ovn4nfv/token.pub",
      "ovn4nfv agent --mtu 1400 --kept-ranges 10.244.0.0/16,10.96.0.0/12",
    ],
    load: async () => (await import("./agent/agent.ts")).agent,
  },
  "install-shim": {
    summary: "Put the CNI plugin's executable among those of a node.",
    group: "servers",
    operands: "",
    examples: ["ovn4nfv install-shim --plugin-folder /host/opt/cni/bin"],
    load: async () => (await import("./agent/install-shim.ts")).installShim,
  },
  completion: {
    summary:
      "Print the script that lets bash, zsh or fish complete subcommands, flags, and names of networks, namespaces and pods.",
    group: "program",
    operands: "<bash|zsh|fish> [words...]",
    examples: [
      "source <(ovn4nfv completion bash)",
      "source <(ovn4nfv completion zsh)",
      "ovn4nfv completion fish | source",
    ],
    load: async () => (await import("./completion/completion.ts")).completion,
  },
  version: {
    summary: "Print the versions of this program and of Node.",
    group: "program",
    operands: "",
    examples: ["ovn4nfv version -o json"],
    load: async () => (await import("./version.ts")).version,
  },
};
