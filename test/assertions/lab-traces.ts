import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { labLockName } from "#lab/cluster/lab.ts";
import { cgroupPrefix } from "#lab/cluster/lab-node.ts";
import { Cgroup } from "#lab/machine/cgroup.ts";
import { MachineLock } from "#tools/process/machine-lock.ts";

/** Everything on the machine that a lab could leave, together with things of others. */
export function tracesOfLabs(): object {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return {
    cgroups: Cgroup.find(cgroupPrefix),
    mounts: mounts.filter((line) => /^lab |ovn4nfv-lab-/.test(line)),
    podNamespaces: namesIn("/run/netns").filter((name) => name.startsWith("cni-")),
    shims: namesIn("/run/containerd/s"),
    folders: readdirSync(tmpdir()).filter((name) => name.startsWith("ovn4nfv-lab-")),
    panic: readFileSync("/proc/sys/kernel/panic", "utf8"),
    programs: readdirSync("/proc").filter(isNodeProgram).length,
  };
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** True for a program of a node that runs. A process that has ended and waits for init does not count. */
function isNodeProgram(pid: string): boolean {
  const file = `/proc/${pid}/status`;
  if (!/^\d+$/.test(pid) || !existsSync(file)) return false;
  const status = readFileSync(file, "utf8");
  return /^Name:\t(containerd|kubelet|kube-proxy)/.test(status) && !/^State:\tZ/m.test(status);
}

/** Calls `look` while no lab runs on this machine, also none of another process. */
export async function betweenLabs(look: () => object | Promise<object>): Promise<object> {
  using _lock = await MachineLock.acquire(labLockName);
  return await look();
}
