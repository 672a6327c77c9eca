import { randomBytes } from "node:crypto";
import { chmod, copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { CommandRun } from "./command.ts";

/** Puts the shim among the node's CNI plugins, each name in one step: a runtime finds the old file or the new one. */
export const installShim: CommandRun<"install-shim"> = async ({ config, logger }) => {
  const { shimFile, pluginFolder, pluginNames } = config;
  for (const name of pluginNames) {
    const path = join(pluginFolder, name);
    await replace(shimFile, path);
    logger.info({ path }, "shim installed");
  }
  return "ok";
};

async function replace(source: string, path: string): Promise<void> {
  // Beside the target: a rename does not cross file systems. Hidden, and another's is never taken for ours.
  const temporary = join(path, "..", `.ovn4nfv-cni-${randomBytes(6).toString("hex")}`);
  try {
    await copyFile(source, temporary);
    await chmod(temporary, 0o755);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AppError("ConfigInvalid", `${source} cannot be installed as ${path}: ${fromUnknown(cause).message}`, {
      cause,
    });
  }
}
