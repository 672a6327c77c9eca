// A logical network as the product makes it, with the parts that decide about packets: two networks behind one router, a chain
// between them, an uplink with source NAT, an isolated network and one on a wire. ovn-northd runs, and no chassis.
import type { OvnCentral } from "#lab/ovn/ovn-central.ts";

const prefix = "k8s.plugin.opnfv.org/";
const uids = { left: "uid-left", right: "uid-right", chain: "uid-chain", uplink: "uid-uplink" } as const;

const owned = (row: string): readonly string[] => [
  `external_ids:"${prefix}owner"=ovn4nfv`,
  `external_ids:"${prefix}row"="${row}"`,
];

interface Nic {
  readonly network: string;
  readonly pod: string;
  readonly interface: string;
  readonly address: string;
  readonly chain?: string;
}

const mac = (address: string): string =>
  `0a:58:${address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":")}`;

const nics: readonly Nic[] = [
  { network: "left", pod: "a", interface: "net1", address: "10.1.0.2" },
  { network: "iso", pod: "a", interface: "net2", address: "10.5.0.2" },
  { network: "right", pod: "b", interface: "net1", address: "10.3.0.2" },
  { network: "right", pod: "c", interface: "net1", address: "10.3.0.3" },
  { network: "left", pod: "fw", interface: "net1", address: "10.1.0.9", chain: uids.chain },
  { network: "right", pod: "fw", interface: "net2", address: "10.3.0.9", chain: uids.chain },
  { network: "iso", pod: "lonely", interface: "net1", address: "10.5.0.3" },
  { network: "wired", pod: "w", interface: "net1", address: "10.6.0.2" },
];

/** The name of a port of the stack. */
export const tracedPortName = (pod: string, name: string): string => `port-${pod}-${name}`;

function addPort({ network, pod, interface: name, address, chain }: Nic): readonly string[] {
  const port = tracedPortName(pod, name);
  const held = `${mac(address)} ${address}`;
  const ids = {
    owner: "ovn4nfv",
    allocation: `allocation-${pod}`,
    namespace: "default",
    pod,
    "pod-uid": `uid-${pod}`,
    interface: name,
    ...(chain === undefined ? {} : { "forwards-for": chain }),
  };
  const set = Object.entries(ids).map(([key, value]) => `external_ids:"${prefix}${key}"="${value}"`);
  return [
    ...["--", "lsp-add", network, port, "--", "lsp-set-addresses", port, held],
    ...["--", "lsp-set-port-security", port, chain === undefined ? held : mac(address)],
    ...["--", "set", "Logical_Switch_Port", port, ...set],
  ];
}

function addNetwork(name: string, subnet: string, gateway: string | undefined): readonly string[] {
  const keys = [`external_ids:"${prefix}subnets"="${subnet}"`];
  if (gateway === undefined)
    return ["--", "ls-add", name, "--", "set", "Logical_Switch", name, ...owned(`uid-${name}/switch`), ...keys];
  const link = `rtos-${name}`;
  return [
    ...["--", "ls-add", name, "--", "set", "Logical_Switch", name, ...owned(`uid-${name}/switch`), ...keys],
    ...[`external_ids:"${prefix}gateways"="${gateway}"`],
    ...["--", "lrp-add", "ovn4nfv-master", link, mac(gateway), `${gateway}/24`],
    ...["--", "lsp-add", name, `stor-${name}`, "--", "lsp-set-type", `stor-${name}`, "router"],
    ...[
      "--",
      "lsp-set-addresses",
      `stor-${name}`,
      "router",
      "--",
      "lsp-set-options",
      `stor-${name}`,
      `router-port=${link}`,
    ],
  ];
}

function join(router: string, address: string): readonly string[] {
  const [link, port] = [`rtoj-${router}`, `jtor-${router}`];
  return [
    ...["--", "lrp-add", router, link, mac(address), `${address}/16`, "--", "lsp-add", "ovn4nfv-join", port],
    ...["--", "lsp-set-type", port, "router", "--", "lsp-set-addresses", port, "router"],
    ...["--", "lsp-set-options", port, `router-port=${link}`],
  ];
}

const localnet = (network: string, port: string, physical: string): readonly string[] => [
  ...[
    "--",
    "lsp-add",
    network,
    port,
    "--",
    "lsp-set-type",
    port,
    "localnet",
    "--",
    "lsp-set-addresses",
    port,
    "unknown",
  ],
  ...["--", "lsp-set-options", port, `network_name=${physical}`],
];

const policy = (priority: number, match: string, action: string, row: string, nextHop?: string): readonly string[] => [
  ...[
    "--",
    "--id=@p",
    "create",
    "Logical_Router_Policy",
    `priority=${priority}`,
    `match="${match.replaceAll('"', '\\"')}"`,
  ],
  ...[`action=${action}`, ...(nextHop === undefined ? [] : [`nexthops="${nextHop}"`]), ...owned(row)],
  ...["--", "add", "Logical_Router", "ovn4nfv-master", "policies", "@p"],
];

/** Writes the network, and waits until ovn-northd has made flows of it. */
export async function addTracedNetworks(ovn: OvnCentral): Promise<void> {
  const gateway = "ovn4nfv-gateway-internet";
  await ovn.nbctl(
    ...[
      "lr-add",
      "ovn4nfv-master",
      "--",
      "set",
      "Logical_Router",
      "ovn4nfv-master",
      ...owned("topology/ovn4nfv-master"),
    ],
    ...["--", "ls-add", "ovn4nfv-join", "--", "lr-add", gateway],
    ...["--", "set", "Logical_Router", gateway, ...owned(`uplink/${uids.uplink}/gateway`)],
    ...addNetwork("left", "10.1.0.0/24", "10.1.0.1"),
    ...addNetwork("right", "10.3.0.0/24", "10.3.0.1"),
    ...addNetwork("iso", "10.5.0.0/24", undefined),
    ...addNetwork("wired", "10.6.0.0/24", undefined),
    ...localnet("wired", "wired-localnet", "wire"),
    ...join("ovn4nfv-master", "100.64.0.1"),
    ...join(gateway, "100.64.0.2"),
    ...["--", "ls-add", "outside", "--", "set", "Logical_Switch", "outside", ...owned(`uplink/${uids.uplink}/outside`)],
    ...localnet("outside", "outside-localnet", "physnet"),
    ...["--", "lrp-add", gateway, "rtoe-internet", mac("192.0.2.5"), "192.0.2.5/24"],
    ...["--", "lsp-add", "outside", "etor-internet", "--", "lsp-set-type", "etor-internet", "router"],
    ...["--", "lsp-set-addresses", "etor-internet", "router"],
    ...["--", "lsp-set-options", "etor-internet", "router-port=rtoe-internet"],
    ...["--", "lrp-set-gateway-chassis", "rtoe-internet", "edge"],
    ...["--", "lr-route-add", "ovn4nfv-master", "198.51.100.0/24", "100.64.0.2"],
    ...["--", "lr-route-add", gateway, "0.0.0.0/0", "192.0.2.1"],
    ...["--", "lr-route-add", gateway, "10.1.0.0/24", "100.64.0.1"],
    ...nics.flatMap(addPort),
  );
  await ovn.nbctl(
    ...["--id=@nat", "create", "NAT", "type=snat", 'external_ip="192.0.2.5"', 'logical_ip="10.1.0.0/24"'],
    ...[...owned(`${uids.left}/snat-10.1.0.0/24`), "--", "add", "Logical_Router", gateway, "nat", "@nat"],
  );
  await ovn.sbctl("chassis-add", "edge", "geneve", "192.0.2.99");
  await ovn.settle();
}

/**
 * Drops what goes from the network left to the network right, as a chain without a pod does, or sends it to the pod `fw`, which
 * wins.
 */
export async function addChain(ovn: OvnCentral, action: "drop" | "reroute"): Promise<void> {
  const match = 'inport == "rtos-left" && ip4.src == 10.1.0.0/24 && ip4.dst == 10.3.0.0/24';
  const row = `chains/${uids.chain}/ipv4-forward-0`;
  if (action === "reroute") await ovn.nbctl(...policy(20_100, match, action, `${row}-via-fw`, "10.1.0.9"));
  else await ovn.nbctl(...policy(20_000, match, action, `${row}-closed`));
  await ovn.settle();
}

export async function balance(ovn: OvnCentral, network: string, vip: string, backend: string): Promise<void> {
  await ovn.nbctl("lb-add", "web", vip, backend, "tcp", "--", "ls-lb-add", network, "web");
  await ovn.settle();
}

/** Drops what matches and comes to a port. */
export async function dropInto(ovn: OvnCentral, network: string, port: string, match: string): Promise<void> {
  await ovn.nbctl("acl-add", network, "to-lport", "2000", `outport == "${port}" && ${match}`, "drop");
  await ovn.settle();
}

export async function addMacBinding(ovn: OvnCentral, port: string, ip: string, address: string): Promise<void> {
  const datapath = await ovn.sbctl("--bare", "--columns=datapath", "find", "Port_Binding", `logical_port=${port}`);
  await ovn.sbctl(
    "create",
    "MAC_Binding",
    `logical_port=${port}`,
    `ip="${ip}"`,
    `mac="${address}"`,
    `datapath=${datapath.trim()}`,
  );
}
