// Made-up machines with namespaces, a disk and a cgroup of their own, and Open vSwitch with ovn-controller on them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type CommandOptions, type CommandResult, mustRun, runCommand } from "#tools/process/command.ts";
import type { Namespaces } from "#tools/process/namespaces.ts";
import { ManagedProcess, type ProcessSpec } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { endProcessesIn, HeldNamespaces } from "./processes-inside.ts";

/** Folders of the real machine that a made-up machine sees with changes of its own. */
const ownCopies = ["/etc", "/opt", "/var/lib", "/var/log"] as const;
/** Folders that must lie on a real file system, because container runtimes stack file systems upon them. */
const ownFolders = ["/var/lib/containerd", "/var/lib/kubelet"] as const;
/** Settings that the kubelet makes for the whole kernel. In a made-up machine it writes copies of these files. */
const kernelSettings = [
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
] as const;

/**
 * A made-up machine: a process that holds a network and a mount namespace, with its own /run, /etc, /opt, /var/lib and
 * /var/log, so that its programs live at the usual paths and nothing is left when it goes. Files under /etc, /opt
 * and /var survive `restart`, like on a disk.
 */
export class Machine implements AsyncDisposable {
  readonly name: string;
  /** Existing folder for logs and for the machine's disk. */
  readonly folder: string;
  readonly #holder: ManagedProcess;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
    this.#holder = new ManagedProcess({
      name: `machine ${name}`,
      command: "unshare",
      args: ["--net", "--mount", "--propagation", "private", "--", "sh", "-euc", mountScript(join(folder, "disk"))],
      logFile: join(folder, "machine.log"),
      ready: untilLine(/^ready$/m),
      stopTimeoutMs: 0,
    });
  }

  async start(): Promise<void> {
    for (const path of [...ownCopies, ...ownFolders]) {
      mkdirSync(join(this.folder, "disk", slug(path)), { recursive: true });
      mkdirSync(join(this.folder, "disk", `${slug(path)}.work`), { recursive: true });
    }
    await this.#holder.start();
  }

  get running(): boolean {
    return this.#holder.running;
  }

  /** Process id of the holder; `/proc/PID/root` is the machine's view of the file system. */
  get pid(): number {
    return this.#holder.pid;
  }

  get namespaces(): Namespaces {
    return { net: `/proc/${this.pid}/ns/net`, mount: `/proc/${this.pid}/ns/mnt` };
  }

  /** The path under which we see a path of the machine. */
  pathOf(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** Runs a program inside, whatever its exit code. */
  run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand(command, args, { ...options, namespaces: this.namespaces });
  }

  /** Runs a program inside, which must succeed, and returns its stdout. Throws `CommandFailed`. */
  must(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return mustRun(command, args, { ...options, namespaces: this.namespaces });
  }

  /** Describes a program that runs inside until it is stopped; its log is `<name>.log` in the machine's folder. */
  process(spec: Omit<ProcessSpec, "logFile" | "namespaces">): ManagedProcess {
    const logFile = join(this.folder, `${spec.name}.log`);
    return new ManagedProcess({ ...spec, logFile, namespaces: this.namespaces });
  }

  /** Runs lines of `ip -batch` inside. */
  async ip(...lines: readonly string[]): Promise<void> {
    await this.must("ip", ["-batch", "-"], { input: lines.join("\n") });
  }

  /** Ends everything inside, also what somebody started by hand. The namespaces go with it. */
  async stop(): Promise<void> {
    if (!this.running) return;
    using held = new HeldNamespaces(this.pid);
    await this.#holder.stop();
    await endProcessesIn(held.ids);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function slug(path: string): string {
  return path.slice(1).replaceAll("/", "-");
}

function mountScript(disk: string): string {
  const lines = [
    "mount -t tmpfs -o mode=755 lab /run",
    "ip link set lo up",
    // A device that Open vSwitch has taken would answer as well, with a MAC that leads nowhere.
    "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore",
  ];
  for (const path of ownCopies) {
    const upper = join(disk, slug(path));
    lines.push(`mount -t overlay -o lowerdir=${path},upperdir=${upper},workdir=${upper}.work lab ${path}`);
  }
  for (const path of ownFolders) lines.push(`mkdir -p ${path}`, `mount --bind ${join(disk, slug(path))} ${path}`);
  for (const setting of kernelSettings) {
    const copy = `/run/kernel-settings/${setting.replaceAll("/", "-")}`;
    lines.push(
      `mkdir -p /run/kernel-settings`,
      `cat /proc/sys/${setting} > ${copy}`,
      `mount --bind ${copy} /proc/sys/${setting}`,
    );
  }
  // Pods may ask for mount propagation. It ends at this namespace.
  lines.push("mount --make-rshared /", "echo ready", "exec sleep 2147483647");
  return lines.join("\n");
}
