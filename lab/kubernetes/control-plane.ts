// A real Kubernetes control plane without nodes, with users, their rights, certificates and kubectl.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Administrator } from "./administrator.ts";
import {
  apiServerFlags,
  auditFlags,
  type ControlPlaneLayout,
  controllerManagerFlags,
  etcdFlags,
  type Flags,
  printFlags,
  schedulerFlags,
} from "./control-plane-flags.ts";
import { isReady } from "./api-server-readiness.ts";
import { printKubeconfig } from "./kubeconfig.ts";
import { Kubectl } from "./kubectl.ts";
import { type LeafOptions, newPrivateKey, publicKeyOf, type Subject, TestAuthority } from "./pki.ts";
import { reservePort } from "#tools/process/port.ts";
import { ManagedProcess, type ProcessSpec } from "#tools/process/process.ts";
import { untilLine, untilProbe } from "#tools/process/readiness.ts";
import { ensureTools, type ToolPaths } from "#tools/programs/tool-cache.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";

/** The programs that a control plane needs. */
export const controlPlaneTools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
] as const;

export interface ControlPlaneOptions {
  /** An existing folder of its own; everything is written there, and nothing is removed. */
  readonly folder: string;
  /** Runs kube-scheduler as well. Without it a pod needs `spec.nodeName`. */
  readonly scheduler?: boolean;
  /** Writes `audit.log` into the folder: level Metadata, stage ResponseComplete, as JSON lines. */
  readonly audit?: boolean;
  /** Lets etcd sync each write to the disk, as it does in a cluster. Without it tests are faster. */
  readonly durable?: boolean;
  readonly apiServerFlags?: Flags;
  readonly controllerManagerFlags?: Flags;
  /** The namespaces in which it runs, and its address there. Default: loopback of the machine, with free ports. */
  readonly place?: { readonly namespaces: Namespaces; readonly address: string };
}

type Part = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler";

/** A real Kubernetes control plane: etcd, kube-apiserver, kube-controller-manager and, when asked for, kube-scheduler. */
export class ControlPlane implements AsyncDisposable {
  readonly folder: string;
  /** URL of the API server. */
  readonly server: string;
  readonly authority: TestAuthority;
  readonly kubectl: Kubectl;
  /** Path of the administrator's kubeconfig (group system:masters). */
  readonly adminKubeconfig: string;
  readonly #parts = new Map<Part, ManagedProcess>();
  #administrator: Administrator | undefined;

  private constructor(
    options: ControlPlaneOptions,
    server: string,
    authority: TestAuthority,
    tools: ToolPaths<"kubectl">,
  ) {
    const { folder, place } = options;
    this.folder = folder;
    this.server = server;
    this.authority = authority;
    this.adminKubeconfig = join(folder, "admin.kubeconfig");
    const kubeconfig = this.adminKubeconfig;
    this.kubectl = new Kubectl({ binary: tools.kubectl, kubeconfig, home: folder, namespaces: place?.namespaces });
  }

  /** Starts everything and waits until pods can be created in `default`. Throws `CommandFailed`. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const tools = await ensureTools(controlPlaneTools);
    const { folder, place, audit = false, scheduler = false, durable = false } = options;
    const ports = place === undefined ? await Promise.all(Array.from({ length: 5 }, () => reservePort())) : fixedPorts;
    const [etcdPort, etcdPeerPort, apiPort, managerPort, schedulerPort] = ports as typeof fixedPorts;
    const address = place?.address ?? "127.0.0.1";
    const layout = { folder, address, etcdPort, etcdPeerPort, apiPort, serviceRange: "10.96.0.0/16" };
    const server = `https://${address}:${apiPort}`;
    const plane = new ControlPlane(options, server, await TestAuthority.create("lab"), tools);
    const make = (name: Part, flags: Flags, ready: ProcessSpec["ready"]): void => {
      const logFile = join(folder, `${name}.log`);
      const spec = { name, command: tools[name], args: printFlags(flags), logFile };
      const more = {
        namespaces: place?.namespaces,
        ...(ready === undefined ? {} : { ready }),
      };
      // Without a limit the API server would wait until its watchers are gone.
      const limits = { readyTimeoutMs: 120_000, stopTimeoutMs: 1_000 };
      plane.#parts.set(name, new ManagedProcess({ ...spec, ...more, ...limits }));
    };
    make("etcd", etcdFlags(layout, durable), untilLine(/ready to serve client requests/));
    const apiFlags = { ...apiServerFlags(layout), ...(audit ? auditFlags(folder) : {}), ...options.apiServerFlags };
    make(
      "kube-apiserver",
      apiFlags,
      untilProbe(() => (place === undefined ? isReady(server, folder) : plane.#isReady()), 100),
    );
    const managerFlags = { ...controllerManagerFlags(folder, managerPort), ...options.controllerManagerFlags };
    make("kube-controller-manager", managerFlags, undefined);
    if (scheduler) make("kube-scheduler", schedulerFlags(folder, schedulerPort), undefined);
    try {
      await plane.#bringUp(layout);
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  /** A part, which a test may freeze, kill or restart. */
  part(name: Part): ManagedProcess {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`${name} is not part of this control plane`);
    return part;
  }

  /** Writes a kubeconfig for a user with a certificate of their own, and returns its path. RBAC gives the rights. */
  async createUser(user: Subject): Promise<string> {
    const path = join(this.folder, `user-${user.commonName.replaceAll(/[^\w.-]/g, "-")}.kubeconfig`);
    await writeFile(path, printKubeconfig(this.server, this.authority.certificate, await this.authority.issue(user)));
    return path;
  }

  /** The administrator as a client of this process, which reaches a control plane on loopback. It ends with the control plane. */
  get administrator(): Administrator {
    this.#administrator ??= new Administrator(this.adminKubeconfig);
    return this.#administrator;
  }

  /** Writes a kubeconfig with a token of an existing ServiceAccount, and returns its path. */
  async createServiceAccountUser(namespace: string, name: string): Promise<string> {
    const token = await this.administrator.token(namespace, name);
    const path = join(this.folder, `service-account-${namespace}-${name}.kubeconfig`);
    await writeFile(path, printKubeconfig(this.server, this.authority.certificate, { token }), { mode: 0o600 });
    return path;
  }

  async stop(): Promise<void> {
    this.#administrator?.[Symbol.dispose]();
    this.#administrator = undefined;
    for (const part of [...this.#parts.values()].reverse()) await part.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #bringUp(layout: ControlPlaneLayout): Promise<void> {
    await Promise.all([this.#writeFiles(layout.address), this.part("etcd").start()]);
    await this.part("kube-apiserver").start();
    await this.part("kube-controller-manager").start();
    await this.#parts.get("kube-scheduler")?.start();
    // Every pod is refused until the controller manager has made it.
    await this.kubectl.must(["wait", "--for=create", "serviceaccount/default", "--timeout=90s"]);
  }

  async #writeFiles(address: string): Promise<void> {
    const write = (name: string, text: string) => writeFile(join(this.folder, name), text, { mode: 0o600 });
    const issue = async (name: string, leaf: LeafOptions) => {
      const pair = await this.authority.issue(leaf);
      await write(`${name}.crt`, pair.certificate);
      await write(`${name}.key`, pair.key);
      return pair;
    };
    const names = ["localhost", "kubernetes.default.svc", "kubernetes.default", "kubernetes"];
    const [serviceAccount, admin] = await Promise.all([
      newPrivateKey(),
      issue("admin", { commonName: "admin", organizations: ["system:masters"] }),
      issue("apiserver", {
        commonName: "kube-apiserver",
        dnsNames: names,
        addresses: ["127.0.0.1", "10.96.0.1", address],
      }),
    ]);
    await write("service-account.key", serviceAccount);
    await write("service-account.pub", publicKeyOf(serviceAccount));
    await write("ca.crt", this.authority.certificate);
    await write("admin.kubeconfig", printKubeconfig(this.server, this.authority.certificate, admin));
    await write("audit-policy.json", JSON.stringify(auditPolicy));
  }

  /** Asks from inside the namespaces of the plane. */
  async #isReady(): Promise<boolean> {
    return (await this.kubectl.run(["get", "--raw", "/readyz"])).code === 0;
  }
}

// In a network namespace of our own nobody else uses the usual ports.
const fixedPorts = [2379, 2380, 6443, 10257, 10259] as const;

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata" }],
};
