// Stands in for the controller of Kube-OVN at one Northbound database: what it writes there, and what its collection of garbage
// deletes, as read in its sources (kubeovn/kube-ovn at 1533681d: pkg/controller/gc.go, external_vpc.go, pkg/ovs).
import { nbctl } from "#lab/ovn/ovsdb-server.ts";

/** The settings of Kube-OVN that decide what it takes for garbage. Both values are those of its charts. */
export interface KubeOvnSettings {
  /** ENABLE_EXTERNAL_VPC: then rows of others are known by their missing `vendor`, and left alone. False by default. */
  readonly externalVpc?: boolean;
  /** ENABLE_LB: then every load balancer is deleted that no Vpc names, whoever made it. True by default. */
  readonly loadBalancers?: boolean;
  /** GC_INTERVAL: 0 turns the collection off. */
  readonly intervalSeconds?: number;
}

/** A row that the collection deletes. */
export interface Garbage {
  readonly table: string;
  readonly uuid: string;
  readonly name: string;
}

type Row = Readonly<Record<string, unknown>> & { readonly uuid: string; readonly name: string; readonly ids: Ids };
type Ids = ReadonlyMap<string, string>;

const vendor = "external_ids:vendor=kube-ovn";
/** The rows that its Subnets, Vpcs and pods stand for. */
const known = {
  switches: ["ovn-default", "join"],
  routers: ["ovn-cluster"],
  ports: ["web.default"],
  loadBalancers: ["cluster-tcp-loadbalancer"],
};

export class StandInKubeOvn {
  readonly #nb: string;
  /** Ports without a pod are deleted when two rounds have seen them. */
  #withoutPod: ReadonlySet<string> = new Set();

  constructor(nb: string) {
    this.#nb = nb;
  }

  /** Writes what its controller writes for a cluster with one node, one pod, one policy and one Service. */
  async write(): Promise<void> {
    await this.#run(
      ...["--", "lr-add", "ovn-cluster", "--", "set", "Logical_Router", "ovn-cluster", vendor],
      ...["--", "lrp-add", "ovn-cluster", "ovn-cluster-ovn-default", "0a:00:00:00:00:01", "10.16.0.1/16"],
      ...["--", "set", "Logical_Router_Port", "ovn-cluster-ovn-default", vendor],
      ...["--", "ls-add", "ovn-default", "--", "set", "Logical_Switch", "ovn-default", vendor],
      ...["--", "ls-add", "join", "--", "set", "Logical_Switch", "join", vendor],
      ...["--", "lsp-add", "ovn-default", "ovn-default-ovn-cluster"],
      ...["--", "lsp-set-type", "ovn-default-ovn-cluster", "router"],
      ...["--", "lsp-set-options", "ovn-default-ovn-cluster", "router-port=ovn-cluster-ovn-default"],
      ...["--", "set", "Logical_Switch_Port", "ovn-default-ovn-cluster", vendor],
    );
    await this.addPort("web.default", "0a:00:00:00:01:02 10.16.0.2");
    await this.#run(
      ...["--", "lr-policy-add", "ovn-cluster", "31000", "ip4.dst == 10.16.0.0/16", "allow"],
      ...["--", "lr-route-add", "ovn-cluster", "0.0.0.0/0", "10.16.0.254"],
      ...["--", "lb-add", "cluster-tcp-loadbalancer", "10.96.0.1:443", "192.0.2.1:6443"],
      ...["--", "set", "Load_Balancer", "cluster-tcp-loadbalancer", vendor],
      ...["--", "ls-lb-add", "ovn-default", "cluster-tcp-loadbalancer"],
      ...["--", "pg-add", "node.n1", "web.default", "--", "set", "Port_Group", "node.n1", vendor],
      ...["--", "--type=port-group", "acl-add", "node.n1", "to-lport", "3000", "ip4", "allow-related"],
      ...["--", "create", "Address_Set", "name=allow.default.ingress.allow.ip4", vendor],
    );
    await this.writeGlobal();
  }

  /** Puts one key into each map of NB_Global in its way: it reads the whole map, and writes the whole map back. */
  async writeGlobal(before?: string): Promise<string> {
    const ids = before ?? (await this.#run("get", "NB_Global", ".", "external_ids")).trim();
    await this.#run("set", "NB_Global", ".", `external_ids=${merged(ids, "kube-ovn-version", "v1.15.0")}`);
    const options = (await this.#run("get", "NB_Global", ".", "options")).trim();
    await this.#run("set", "NB_Global", ".", `options=${merged(options, "use_ct_inv_match", "false")}`);
    return ids;
  }

  /** Adds the port of a pod. One that no pod stands for is garbage. */
  async addPort(name: string, addresses: string): Promise<void> {
    await this.#run(
      ...["--", "lsp-add", "ovn-default", name, "--", "lsp-set-addresses", name, addresses],
      ...[
        "--",
        "set",
        "Logical_Switch_Port",
        name,
        vendor,
        "external_ids:ls=ovn-default",
        "external_ids:pod=default/web",
      ],
    );
  }

  /** The rows that a round of its collection deletes. */
  async garbage({
    externalVpc = false,
    loadBalancers = true,
    intervalSeconds = 360,
  }: KubeOvnSettings): Promise<readonly Garbage[]> {
    if (intervalSeconds === 0) return [];
    const isSeen = ({ ids }: Row): boolean => !externalVpc || ids.get("vendor") === "kube-ovn";
    const pick = async (table: string, isGarbage: (row: Row) => boolean): Promise<readonly Garbage[]> =>
      (await this.#list(table)).filter(isGarbage).map(({ uuid, name }) => ({ table, uuid, name }));
    const orphans = await pick(
      "Logical_Switch_Port",
      (row) => row["type"] === "" && isSeen(row) && !known.ports.includes(row.name),
    );
    const twice = orphans.filter(({ name }) => this.#withoutPod.has(name));
    this.#withoutPod = new Set(orphans.map(({ name }) => name));
    return [
      ...(await pick("Logical_Switch", (row) => isSeen(row) && !known.switches.includes(row.name))),
      ...(await pick("Logical_Router", (row) => isSeen(row) && !known.routers.includes(row.name))),
      ...twice,
      ...(await pick("Load_Balancer", ({ name, ids }) => {
        return !known.loadBalancers.includes(name) && (loadBalancers || ids.get("vendor") === "kube-ovn");
      })),
      // Groups of network policies have the key `np`, and those of its security groups `sg` and its vendor.
      ...(await pick("Port_Group", ({ ids }) => ids.has("np") || (ids.has("sg") && ids.get("vendor") === "kube-ovn"))),
      ...(await pick("Address_Set", ({ ids }) => ids.has("np") || (ids.has("sg") && ids.get("vendor") === "kube-ovn"))),
      ...(await pick("Logical_Router_Port", (row) => row.ids.get("vendor") === "kube-ovn" && row["peer"] !== "")),
    ];
  }

  /** Deletes what a round finds. */
  async collect(settings: KubeOvnSettings): Promise<readonly Garbage[]> {
    const found = await this.garbage(settings);
    for (const { table, uuid, name } of found) {
      await this.#run(...(table === "Logical_Switch_Port" ? ["lsp-del", name] : ["destroy", table, uuid]));
    }
    return found;
  }

  #run(...args: readonly string[]): Promise<string> {
    return nbctl(this.#nb, ...args);
  }

  async #list(table: string): Promise<readonly Row[]> {
    const text = await this.#run("--format=json", "list", table);
    const { headings, data } = JSON.parse(text) as {
      readonly headings: readonly string[];
      readonly data: readonly (readonly unknown[])[];
    };
    return data.map((values) => {
      const row = Object.fromEntries(headings.map((heading, n) => [heading, values[n]]));
      const [, uuid = ""] = row["_uuid"] as readonly string[];
      const [, ids = []] = (row["external_ids"] ?? []) as readonly [string?, (readonly [string, string])[]?];
      const peer = Array.isArray(row["peer"]) ? "" : row["peer"];
      return { ...row, peer, uuid, name: String(row["name"]), ids: new Map(ids) };
    });
  }
}

/** The text of a map of ovn-nbctl with one more entry. */
function merged(text: string, key: string, value: string): string {
  const inside = text.slice(1, -1).trim();
  const others = inside === "" ? [] : inside.split(", ").filter((entry) => !entry.startsWith(`${key}=`));
  return `{${[...others, `${key}="${value}"`].join(", ")}}`;
}
