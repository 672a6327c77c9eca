import { mustRun } from "#tools/process/command.ts";
import type { PodSandbox } from "./delegate-call.ts";

const ctr = ["--namespace=k8s.io", "containers"] as const;

interface ContainerInfo {
  readonly Spec: {
    readonly linux: { readonly namespaces: readonly { readonly type: string; readonly path?: string }[] };
  };
}

/**
 * Finds the sandbox of a pod, as the original asks CRI for it by the label of the pod's UID. Throws when there is none, and when
 * there are several, because the kubelet has made a new one and has not removed the old one yet.
 */
export async function findPodSandbox(podUid: string): Promise<PodSandbox> {
  const labels = `labels."io.kubernetes.pod.uid"==${podUid},labels."io.cri-containerd.kind"==sandbox`;
  const ids = (await mustRun("ctr", [...ctr, "ls", "--quiet", labels])).split("\n").filter((id) => id !== "");
  const [id, ...more] = ids;
  if (id === undefined) throw new Error(`ListPodSandbox returned 0 item for pod ${podUid}`);
  if (more.length > 0) throw new Error(`ListPodSandbox returned more than 1 item for pod ${podUid}`);
  return { id, netns: netnsOf(await mustRun("ctr", [...ctr, "info", id]), id) };
}

/** Reads the path of the network namespace in what containerd knows of a sandbox. */
export function netnsOf(info: string, id: string): string {
  const { Spec } = JSON.parse(info) as ContainerInfo;
  const path = Spec.linux.namespaces.find(({ type }) => type === "network")?.path ?? "";
  if (path === "") throw new Error(`failed to find network namespace for PodSandboxId ${id}`);
  return path;
}
