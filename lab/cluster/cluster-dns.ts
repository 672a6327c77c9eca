// The DNS of the cluster: CoreDNS on the machine in the middle, for labs whose pods look names of Services up.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ManagedProcess } from "#tools/process/process.ts";
import { untilLine } from "#tools/process/readiness.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";
import type { Machine } from "../machine/machine.ts";

export async function startClusterDns(center: Machine, kubeconfig: string, folder: string): Promise<ManagedProcess> {
  const tools = await ensureTools(["cluster-dns"]);
  const file = join(folder, "Corefile");
  writeFileSync(file, corefile(kubeconfig));
  const spec = { name: "cluster-dns", command: tools["cluster-dns"], args: ["-conf", file] };
  const dns = center.process({ ...spec, ready: untilLine(/^CoreDNS-/m) });
  await dns.start();
  return dns;
}

/** Answers live for a second, because a test moves pods. */
export function corefile(kubeconfig: string): string {
  return `.:53 {
  errors
  kubernetes cluster.local {
    kubeconfig ${kubeconfig}
    ttl 1
  }
}
`;
}
