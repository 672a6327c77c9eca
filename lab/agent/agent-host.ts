// The agent on a made-up machine, its shim, and a stand-in for the API server.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import type { ChassisHost } from "../machine/chassis-host.ts";
import type { CommandResult } from "#tools/process/command.ts";
import { TestAuthority } from "../kubernetes/pki.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { productFile } from "#tools/build/product-file.ts";

export interface AgentHostOptions {
  readonly host: ChassisHost;
  /** Unix socket of a `PodApiServer`. */
  readonly podApi: string;
  /** The file of the public key by which results are verified. */
  readonly publicKey: string;
  /** A folder with the compiled shim and `ovn4nfv-netlink` (cni/compile.ts). */
  readonly programs: string;
  readonly flags?: readonly string[];
  /** The product for Node, with Node's own flags before it. The default is `productFile`. */
  readonly program?: readonly string[];
}

/** Not 8001: @kubernetes/client-node of the release before takes that for a port without TLS. */
const apiPort = 8443;

/** The folder into which a kubelet puts the account of a pod. */
const accountFolder = "/run/secrets/kubernetes.io/serviceaccount";

/** Carries what comes by TLS inside the machine to the unix socket outside of it. */
const relayScript = `
  const { readFileSync } = require("fs");
  const { connect } = require("net");
  const { createServer } = require("tls");
  const [socket, folder] = process.argv.slice(1);
  createServer({ key: readFileSync(folder + "/tls.key"), cert: readFileSync(folder + "/tls.crt") }, (near) => {
    const far = connect(socket);
    near.on("error", () => far.destroy()).pipe(far).on("error", () => near.destroy()).pipe(near);
  }).listen(${apiPort}, "127.0.0.1", () => console.log("relaying"));`;

function fromHere(names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

/** `ovn4nfv agent` on a made-up machine with a chassis, as in a pod there, and its shim, which is called like by a runtime. */
export class AgentHost {
  readonly host: ChassisHost;
  readonly agent: ManagedProcess;
  readonly #options: AgentHostOptions;
  readonly #shim: string;
  readonly #relay: ManagedProcess;

  private constructor(options: AgentHostOptions) {
    const { host, podApi, programs, flags = [] } = options;
    this.host = host;
    this.#options = options;
    this.#shim = join(programs, "ovn4nfv-cni");
    this.#relay = host.machine.process({
      name: "pod-api-relay",
      command: process.execPath,
      args: ["-e", relayScript, podApi, accountFolder],
      ready: untilLine(/^relaying$/m),
    });
    this.agent = this.agentProcess("agent", flags, /"agent serving"/);
  }

  /** A further agent of this machine, which is started and ended by the caller. It is ready when its log has the line. */
  agentProcess(name: string, flags: readonly string[], ready: RegExp): ManagedProcess {
    const { host, publicKey, programs, program = [productFile] } = this.#options;
    const own = ["--token-public-key-files", publicKey, "--node-name", host.plan.name];
    const inPod = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: apiPort.toString() };
    const beside = ["--netlink-file", join(programs, "ovn4nfv-netlink")];
    return host.machine.process({
      name,
      command: process.execPath,
      args: [...program, "agent", ...own, "--operations-listen", "127.0.0.1:9440", ...beside, ...flags],
      ready: untilLine(ready),
      stopTimeoutMs: 20_000,
      // A kubeconfig of the user who runs this would count for more than the account.
      env: { ...fromHere(["PATH", "NODE_OPTIONS", "NODE_COMPILE_CACHE"]), HOME: "/nonexistent", ...inPod },
    });
  }

  /** Asks an agent as the startup probe of its container does. */
  probe(readySocket: string): Promise<CommandResult> {
    return this.host.machine.run(this.#shim, ["--ready", readySocket], { timeoutMs: 10_000 });
  }

  /** Starts the agent, and waits until it serves. */
  static async start(options: AgentHostOptions): Promise<AgentHost> {
    const folder = options.host.machine.pathOf(accountFolder);
    await mkdir(folder, { recursive: true });
    const authority = await TestAuthority.create("cluster");
    const server = await authority.issue({ commonName: "kube-apiserver", addresses: ["127.0.0.1"] });
    const account = {
      "ca.crt": authority.certificate,
      token: "none",
      "tls.crt": server.certificate,
      "tls.key": server.key,
    };
    for (const [name, text] of Object.entries(account)) await writeFile(join(folder, name), text);
    const started = new AgentHost(options);
    await started.#relay.start();
    await started.agent.start();
    return started;
  }

  /** Runs the shim with these variables and this configuration, as a container runtime does. */
  callShim(environment: Readonly<Record<string, string>>, config: object): Promise<CommandResult> {
    const env = { PATH: process.env["PATH"], ...environment };
    return this.host.machine.run(this.#shim, [], { env, input: JSON.stringify(config), timeoutMs: 110_000 });
  }

  /** Runs a program in the network namespace of a pod of this machine. */
  inPod(netns: string, command: string, ...args: readonly string[]): Promise<CommandResult> {
    return this.host.machine.run("nsenter", [`--net=/run/netns/${netns}`, "--", command, ...args]);
  }

  /**
   * Pings from a pod until there is an answer, and resolves with the output of ping. The first pings may be lost: Open
   * vSwitch in user space drops the first packet of a tunnel while it asks for the other end's MAC, and the other chassis
   * needs time to learn of a port. Throws `CommandFailed` after a minute.
   */
  async reach(netns: string, address: string): Promise<string> {
    const ping = () => this.inPod(netns, "busybox", "ping", "-c", "1", "-W", "1", address);
    const limit = AbortSignal.timeout(60_000);
    for (;;) {
      const { code, stdout, stderr } = await ping();
      if (code === 0) return stdout;
      if (limit.aborted) throw new AppError("CommandFailed", `ping of ${address} failed: ${stdout}${stderr}`);
    }
  }

  /** Makes the network namespace of a pod, as a container runtime does; resolves with its path. */
  async addNetns(name: string): Promise<string> {
    await this.host.machine.must("ip", ["netns", "add", name]);
    await this.host.machine.must("nsenter", [`--net=/run/netns/${name}`, "--", "ip", "link", "set", "lo", "up"]);
    return `/run/netns/${name}`;
  }

  async removeNetns(name: string): Promise<void> {
    await this.host.machine.must("ip", ["netns", "del", name]);
  }

  /** The names of our ports on the bridge. */
  async ports(): Promise<readonly string[]> {
    const find = ["find", "Interface", "external_ids:attached_mac!=none"];
    const text = await this.host.chassis.vsctl("--bare", "--columns=name", ...find);
    return text.split("\n").filter((line) => /^ovn[0-9a-f]{12}$/.test(line));
  }

  /** The names of the host's ends of pod interfaces in the kernel. */
  async pairs(): Promise<readonly string[]> {
    const links = JSON.parse(await this.host.machine.must("ip", ["-j", "link"])) as { readonly ifname: string }[];
    return links.map(({ ifname }) => ifname).filter((name) => /^ovn[0-9a-f]{12}$/.test(name));
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.#relay.stop();
  }
}
