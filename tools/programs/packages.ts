import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#src/core/errors.ts";
import { mustRun } from "../process/command.ts";
import { onProcessExit } from "../process/exit-guard.ts";
import { MachineLock } from "../process/machine-lock.ts";
import { type Progress, stderrProgress } from "../process/progress.ts";

/** The programs of the system that tests need, each with its Debian packages. */
const packageOf = {
  "ovsdb-server": "openvswitch-switch",
  "ovs-vswitchd": "openvswitch-switch",
  "ovs-vsctl": "openvswitch-switch",
  "ovn-nbctl": "ovn-central",
  "ovn-northd": "ovn-central",
  "ovn-controller": "ovn-host",
  containerd: "containerd",
  runc: "runc",
  apparmor_parser: "apparmor",
  buildah: "buildah",
  busybox: "busybox-static",
  cc: "build-essential",
  // Pictures of the page are made with the second package.
  chromium: ["chromium", "fonts-inter"],
  curl: "curl",
  // The second package has libFuzzer and the sanitizers.
  "clang-14": ["clang-14", "libclang-rt-14-dev"],
  debootstrap: "debootstrap",
  dhclient: "isc-dhcp-client",
  ethtool: "ethtool",
  faketime: "faketime",
  ip: "iproute2",
  nft: "nftables",
  nsenter: "util-linux",
  prometheus: "prometheus",
  promtool: "prometheus",
  sh: "dash",
  bash: "bash",
  fish: "fish",
  zsh: "zsh",
} as const;

export type Program = keyof typeof packageOf;

/** The programs that a Northbound database needs. */
export const northboundPrograms = ["ovsdb-server", "ovn-nbctl"] as const satisfies readonly Program[];
/** The programs that OVN with chassis needs. */
export const chassisPrograms = [
  ...northboundPrograms,
  "ovn-northd",
  "ovn-controller",
  "ovs-vswitchd",
  "ovs-vsctl",
  "ethtool",
  "ip",
] as const satisfies readonly Program[];
/** The programs that pods without Kubernetes need: the shim is compiled, and pods run busybox. */
export const wiringPrograms = [...chassisPrograms, "busybox", "cc", "nsenter"] as const satisfies readonly Program[];
/** The programs that a Kubernetes node needs. */
export const nodePrograms = [
  ...chassisPrograms,
  "containerd",
  "runc",
  "busybox",
  "nft",
] as const satisfies readonly Program[];

const systemFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The programs that open a page. */
export const browserPrograms = ["chromium"] as const satisfies readonly Program[];

/** The shells for which there is a script of completion. */
export const shellPrograms = ["bash", "fish", "zsh"] as const satisfies readonly Program[];

/** The programs that give a single process another clock. */
export const clockPrograms = ["faketime"] as const satisfies readonly Program[];

/** The path of a program, or undefined. Programs of OVS and OVN come only from OVN_BINDIR when that is set. */
export function findProgram(name: Program, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const own = /^ov[ns]/.test(name) ? env["OVN_BINDIR"] : undefined;
  const folders = own === undefined ? [...(env["PATH"] ?? "").split(":"), ...systemFolders] : [own];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export interface Machine {
  readonly isRoot: boolean;
  readonly hasApt: boolean;
  readonly env: NodeJS.ProcessEnv;
}

function thisMachine(): Machine {
  return { isRoot: process.getuid?.() === 0, hasApt: existsSync("/usr/bin/apt-get"), env: process.env };
}

/** The answer to missing programs: do nothing, install packages, or tell people what to do. */
export type PackagePlan =
  | { readonly kind: "none" }
  | { readonly kind: "install"; readonly packages: readonly string[] }
  | { readonly kind: "tell"; readonly message: string };

export function planPackages(missing: readonly Program[], { isRoot, hasApt, env }: Machine): PackagePlan {
  if (missing.length === 0) return { kind: "none" };
  const own = env["OVN_BINDIR"];
  const absent = own === undefined ? [] : missing.filter((name) => /^ov[ns]/.test(name));
  if (absent.length > 0) return { kind: "tell", message: `OVN_BINDIR=${own} has no ${absent.join(", ")}` };
  const packages = [...new Set(missing.flatMap((name): string | readonly string[] => packageOf[name]))].sort();
  if (!hasApt) return { kind: "tell", message: `install ${missing.join(", ")} (in Debian: ${packages.join(" ")})` };
  if (isRoot) return { kind: "install", packages };
  const command = `sudo apt-get install -y ${packages.join(" ")}`;
  return { kind: "tell", message: `${missing.join(", ")} is missing; run: ${command}` };
}

/**
 * Makes sure that the programs are there: installs Debian packages when root. Throws `CommandFailed` that says what to
 * run.
 */
export async function ensurePrograms(
  names: readonly Program[],
  progress: Progress = stderrProgress(),
  machine: Machine = thisMachine(),
): Promise<void> {
  const missing = (): readonly Program[] => names.filter((name) => findProgram(name, machine.env) === undefined);
  if (missing().length === 0) return;
  const lock = await MachineLock.acquire("packages");
  try {
    // We check again, because the process before us may have installed them.
    const plan = planPackages(missing(), machine);
    if (plan.kind === "tell") throw new AppError("CommandFailed", plan.message);
    if (plan.kind === "install") await install(plan.packages, progress);
  } finally {
    lock.release();
  }
}

/**
 * For a test's `skip`: false when the programs are there or can be installed, otherwise the reason. Always false with
 * CI=true.
 */
export function whyProgramsAreMissing(names: readonly Program[], machine: Machine = thisMachine()): string | false {
  const plan = planPackages(
    names.filter((name) => findProgram(name, machine.env) === undefined),
    machine,
  );
  return plan.kind === "tell" && machine.env["CI"] !== "true" ? plan.message : false;
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (args: readonly string[]) =>
    mustRun("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], { env, timeoutMs: 10 * 60_000 });
  const allowServices = forbidServices();
  try {
    await progress.during(`installing ${packages.join(" ")}`, async () => {
      await apt(["update"]);
      await apt(["install", "-y", "--no-install-recommends", ...packages]);
    });
  } finally {
    allowServices();
  }
}

/**
 * Keeps packages from starting their services, because tests run programs of their own. Debian asks this file; see
 * invoke-rc.d(8).
 */
function forbidServices(path = "/usr/sbin/policy-rc.d"): () => void {
  if (existsSync(path)) return () => {};
  writeFileSync(path, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const remove = (): void => {
    takeBack();
    rmSync(path, { force: true });
  };
  const takeBack = onProcessExit(remove);
  return remove;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
