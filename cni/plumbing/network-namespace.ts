import { stat } from "node:fs/promises";
import { AppError } from "#src/core/errors.ts";

/**
 * Makes sure that `path` is a network namespace other than `hostPath`'s, which a plugin must never touch (CNI code 8).
 * Throws `NetnsInvalid`.
 */
export async function assertPodNetns(path: string, hostPath: string): Promise<void> {
  const host = await stat(hostPath);
  const pod = await stat(path).catch((cause: unknown) => {
    throw new AppError("NetnsInvalid", `CNI_NETNS ${path} cannot be opened`, { cause });
  });
  // Namespaces are files of a file system of the kernel's own, one for all kinds of them.
  if (pod.dev !== host.dev) throw new AppError("NetnsInvalid", `CNI_NETNS ${path} is not a namespace`);
  if (pod.ino === host.ino) throw new AppError("NetnsInvalid", `CNI_NETNS ${path} is the host's own`);
}
