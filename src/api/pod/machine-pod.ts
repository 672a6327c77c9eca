// The marks by which KubeVirt tells which virtual machine runs in a pod, and how far its migration is.
import type { PodMetadata } from "./pod-metadata.ts";

/** The virtual machine that runs in a pod. */
export interface MachinePod {
  /** UID of its VirtualMachineInstance. It is the same for the two pods between which the machine migrates. */
  readonly uid: string;
  /** True for the pod to which the machine is to migrate. */
  readonly isTarget: boolean;
}

type Marked = { readonly metadata: Pick<PodMetadata["metadata"], "labels" | "annotations"> };

const app = "kubevirt.io";
const launcher = "virt-launcher";
const createdBy = "kubevirt.io/created-by";
const migrationJob = "kubevirt.io/migrationJobUID";
const targetReady = "kubevirt.io/migration-target-ready-timestamp";

/** All of them, for those who keep a part of a pod in memory. */
export const machineMarks = { labels: [app, createdBy, migrationJob], annotations: [targetReady] } as const;

/** Reads the virtual machine of a pod; undefined for any other pod. Whoever makes pods in the namespace can write these labels. */
export function machineOf({ metadata: { labels } }: Marked): MachinePod | undefined {
  const uid = labels[createdBy] ?? "";
  if (labels[app] !== launcher || uid === "") return undefined;
  return { uid, isTarget: (labels[migrationJob] ?? "") !== "" };
}

/** True when the machine goes on in this pod, to which it has migrated. */
export function isTargetReady({ metadata: { annotations } }: Marked): boolean {
  return (annotations[targetReady] ?? "") !== "";
}
