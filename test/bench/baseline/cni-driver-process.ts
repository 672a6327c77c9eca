// `cni-driver-process.ts NETLINK-PROGRAM`: a process on a node that wires interfaces by the bare sequence, or runs a program
// like a container runtime, and prints the milliseconds. It reads orders, one JSON line each, and imports nothing of ours.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { BareNetlink } from "./bare-netlink.ts";
import { RawOvs } from "./raw-ovs.ts";

interface Port {
  /** The end on the host. */
  readonly host: string;
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly ids: Readonly<Record<string, string>>;
}

interface Run {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

type Order =
  | { readonly do: "add-all"; readonly pods: readonly { readonly netns: string; readonly ports: readonly Port[] }[] }
  | { readonly do: "run-all"; readonly runs: readonly Run[] }
  | { readonly do: "add" | "links"; readonly netns: string; readonly ports: readonly Port[] }
  | { readonly do: "del" | "unlink"; readonly hosts: readonly string[] }
  | (Run & { readonly do: "run" });

const bridge = [["name", "==", "br-int"]];
/** The UUIDs from the answer of the transaction that made the ports, for `del`. */
const portUuids = new Map<string, unknown>();
const ovs = await RawOvs.open("/run/openvswitch/db.sock");
const netlink = new BareNetlink(process.argv[2] ?? "");

async function work(order: Order): Promise<string> {
  switch (order.do) {
    case "add":
      await add(order.netns, order.ports);
      return "";
    case "links":
      await makeLinks(order.netns, order.ports);
      return "";
    case "del":
      await del(order.hosts);
      return "";
    case "unlink":
      await netlink.run([`unpair ${order.hosts.join(" ")}`]);
      return "";
    case "add-all":
      await Promise.all(order.pods.map(({ netns, ports }) => add(netns, ports)));
      return "";
    case "run-all":
      return (await Promise.all(order.runs.map(({ command, input, env }) => run(command, input, env)))).join("");
    case "run":
      return run(order.command, order.input, order.env);
  }
}

/** Makes pairs and addresses, as a pod on a bridge in user space needs them: nothing else is needed from the kernel. */
async function makeLinks(netns: string, ports: readonly Port[]): Promise<void> {
  await netlink.run([
    `netns ${netns}`,
    ...ports.map(({ host, name, mac }) => `pair ${host} ${name} ${mac} 1400`),
    ...ports.flatMap(({ name, addresses }) => [
      `checksums ${name}`,
      `up ${name}`,
      ...addresses.map((address) => `address ${name} ${address}`),
    ]),
  ]);
}

/** Wires by one batch of links, one transaction, and the event. */
async function add(netns: string, ports: readonly Port[]): Promise<void> {
  await makeLinks(netns, ports);
  const inserts = ports.flatMap(({ host, ids }, n) => [
    insert("Interface", { name: host, external_ids: ["map", Object.entries(ids)] }, `i${n}`),
    insert("Port", { name: host, interfaces: ["named-uuid", `i${n}`] }, `p${n}`),
  ]);
  const members = ports.map((_, n) => ["named-uuid", `p${n}`]);
  const results = await ovs.transact([...inserts, join("insert", members), nextCfg]);
  for (const [n, { host }] of ports.entries()) portUuids.set(host, results[2 * n + 1]?.["uuid"]);
  await ovs.whenInstalled(ports.map(({ host }) => host));
}

/** Unwires by one transaction, and one batch that removes all links at once. */
async function del(hosts: readonly string[]): Promise<void> {
  await ovs.transact([
    join(
      "delete",
      hosts.map((host) => portUuids.get(host)),
    ),
    nextCfg,
  ]);
  await netlink.run([`unpair ${hosts.join(" ")}`]);
}

const nextCfg = { op: "mutate", table: "Open_vSwitch", where: [], mutations: [["next_cfg", "+=", 1]] };

function insert(table: string, row: object, name: string): object {
  return { op: "insert", table, row, "uuid-name": name };
}

function join(mutator: "insert" | "delete", members: readonly unknown[]): object {
  return { op: "mutate", table: "Bridge", where: bridge, mutations: [["ports", mutator, ["set", members]]] };
}

function run(command: readonly string[], input: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${command.join(" ")}: ${String(code)} ${said}`));
    });
    child.stdin.on("error", () => {}).end(input);
  });
}

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as Order;
  const startMs = performance.now();
  try {
    const output = await work(order);
    process.stdout.write(`${JSON.stringify({ ms: performance.now() - startMs, output })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
  }
}
ovs.close();
netlink.close();
