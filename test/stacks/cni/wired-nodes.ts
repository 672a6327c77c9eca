// Two chassis with agents, and pods whose results could have come from a webhook.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import { compileProgram } from "#cni/compile.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type InterfaceResult, printResult } from "#src/api/result.ts";
import { filterOfResult } from "#src/controllers/allocation-rules/port-comparison.ts";
import { portSecurityOf } from "#src/ovn/port-security.ts";
import { createTokenSigner, type TokenSigner } from "#src/tokens/token.ts";
import { AgentHost, type AgentHostOptions } from "#lab/agent/agent-host.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { OvnFabric } from "#lab/machine/ovn-fabric.ts";
import { PodApiServer } from "#lab/agent/pod-api.ts";

/** An interface for which a test asks. Fields that are left out are made up. */
export type WantedInterface = Pick<InterfaceResult, "interface" | "network" | "ip_address"> & Partial<InterfaceResult>;

export interface TestPod {
  readonly name: string;
  readonly uid: string;
  readonly allocation: string;
  readonly interfaces: readonly InterfaceResult[];
}

export interface ShimCallOptions {
  readonly command: "ADD" | "DEL" | "CHECK";
  readonly pod: TestPod;
  readonly containerId: string;
  readonly netns?: string;
  readonly interfaceName?: string;
  readonly config?: object;
}

const namespace = "default";

export class WiredNodes {
  readonly fabric: OvnFabric;
  readonly api: PodApiServer;
  readonly nodes: readonly AgentHost[];
  readonly shim: string;
  readonly signer: TokenSigner;
  #admitted = 0;

  private constructor(parts: Pick<WiredNodes, "fabric" | "api" | "nodes" | "shim" | "signer">) {
    this.fabric = parts.fabric;
    this.api = parts.api;
    this.nodes = parts.nodes;
    this.shim = parts.shim;
    this.signer = parts.signer;
  }

  static async start(
    folder: string,
    flags: readonly string[] = [],
    agent: Pick<AgentHostOptions, "program"> = {},
  ): Promise<WiredNodes> {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const signer = await createTokenSigner(privateKey);
    const keyFile = join(folder, "token.pub");
    writeFileSync(keyFile, publicKey.export({ type: "spki", format: "pem" }));
    const shim = await compileProgram("ovn4nfv-cni", folder);
    await compileProgram("ovn4nfv-netlink", folder);
    const api = new PodApiServer();
    await api.listen(join(folder, "pods.sock"));
    mkdirSync(join(folder, "fabric"));
    const fabric = await OvnFabric.start(join(folder, "fabric"));
    const nodes = await Promise.all(
      fabric.hosts.map((host) =>
        AgentHost.start({
          host,
          podApi: join(folder, "pods.sock"),
          publicKey: keyFile,
          programs: folder,
          flags,
          ...agent,
        }),
      ),
    );
    return new WiredNodes({ fabric, api, nodes, shim, signer });
  }

  /** The node with this index. */
  node(index: number): AgentHost {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  /** Makes ports in NB, and a pod that names them as if it had been admitted. */
  async admit(name: string, nodeIndex: number, wanted: readonly WantedInterface[]): Promise<TestPod> {
    const allocation = ulid();
    this.#admitted += 1;
    // No two pods have one MAC: a switch would bring the packets of one of them to the other.
    const pair = `${hex(this.#admitted >> 8)}:${hex(this.#admitted & 0xff)}`;
    const interfaces = wanted.map((one, index): InterfaceResult => {
      const port = `${allocation}-${one.interface}`;
      const mac = `0a:58:${pair}:${hex(nodeIndex)}:${hex(index)}`;
      return { mac_address: mac, gateway_ip: [], defaultGateway: "false", port, ...one };
    });
    for (const result of interfaces) {
      const { network, port, mac_address: mac, ip_address: addresses } = result;
      const text = [mac, ...addresses.map((address) => address.split("/")[0])].join(" ");
      // A switch that comes in one step with its first port: ovn-northd 26.03 leaves the port out of what is sent to all.
      await this.fabric.central.nbctl("--wait=sb", "--may-exist", "ls-add", network);
      await this.fabric.central.nbctl(
        ...["lsp-add", network, port],
        ...[
          "--",
          "lsp-set-addresses",
          port,
          text,
          "--",
          "lsp-set-port-security",
          port,
          ...portSecurityOf(text, filterOfResult(result)),
        ],
        ...["--", "lsp-set-options", port, `iface-id-ver=${allocation}`],
      );
    }
    const pod = { name, uid: randomUUID(), allocation, interfaces };
    await this.store(pod, nodeIndex);
    return pod;
  }

  /** Stores the pod with a token for `signed`, and with `more` annotations. When `signed` is another pod, the pod is forged. */
  async store(
    pod: TestPod,
    nodeIndex: number,
    signed: TestPod = pod,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const text = printResult(pod.interfaces);
    const subject = { allocation: signed.allocation, namespace, name: signed.name, generateName: "" };
    const token = this.signer.sign({ ...subject, result: printResult(signed.interfaces) });
    const annotations = { [annotationKeys.result.key]: text, [annotationKeys.token.key]: token, ...more };
    const labels = { [annotationKeys.allocation.key]: pod.allocation };
    const metadata = { namespace, name: pod.name, uid: pod.uid, annotations, labels };
    this.api.put({ metadata, spec: { nodeName: this.node(nodeIndex).host.plan.name } });
  }

  /** Calls the shim for a pod. */
  call(nodeIndex: number, options: ShimCallOptions): Promise<CommandResult> {
    const { command, pod, containerId, netns, interfaceName = "net1", config = {} } = options;
    const environment = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      CNI_IFNAME: interfaceName,
      CNI_PATH: "/opt/cni/bin",
      CNI_ARGS: cniArgs(pod),
      ...(netns === undefined ? {} : { CNI_NETNS: netns }),
    };
    return this.node(nodeIndex).callShim(environment, { ...baseConfig, ...config });
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    await this.fabric.stop();
    await this.api[Symbol.asyncDispose]();
  }
}

export const baseConfig = { cniVersion: "1.1.0", name: "ovn4nfv", type: "ovn4nfv-cni" } as const;

export function cniArgs({ name, uid }: Pick<TestPod, "name" | "uid">): string {
  return `IgnoreUnknown=true;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name};K8S_POD_UID=${uid}`;
}

/** The two hex digits of a byte. */
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
