import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { ManagedProcess } from "#tools/process/process.ts";
import { ensureTools } from "#tools/programs/tool-cache.ts";

const config = fileURLToPath(new URL("kwok.yaml", import.meta.url));

/** Starts kwok, which plays the kubelets of all nodes: they are ready, and pods run and end at once. It runs no container. */
export async function startKwok({ folder, adminKubeconfig }: ControlPlane): Promise<ManagedProcess> {
  const { kwok } = await ensureTools(["kwok"]);
  return ManagedProcess.start({
    name: "kwok",
    command: kwok,
    args: [`--kubeconfig=${adminKubeconfig}`, `--config=${config}`],
    logFile: join(folder, "kwok.log"),
  });
}
