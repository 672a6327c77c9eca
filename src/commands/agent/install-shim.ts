import { randomBytes } from "node:crypto";
import { chmod, copyFile, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { CommandRun } from "../command.ts";

/**
 * Puts the shim among the node's CNI plugins. Each file changes in one step, so a runtime finds the old one or the new
 * one.
 */
export const installShim: CommandRun<"install-shim"> = async ({ config, logger }) => {
  const { shimFile, pluginFolder, pluginNames, inheritedNames } = config;
  for (const name of [...pluginNames, ...inheritedNames]) {
    const path = join(pluginFolder, name);
    if (inheritedNames.includes(name) && (await isForeign(path))) {
      logger.warn({ path }, "another plugin of this name stays; remove the file when Nodus has left the node");
      continue;
    }
    await replace(shimFile, path);
    logger.info({ path }, "shim installed");
  }
  return "ok";
};

/** The path by which the shim finds the agent. Every build of the shim contains it, and no other plugin does. */
const ownSocket = "/run/ovn4nfv/cni.sock";

/** True when an executable is there that is no build of our shim. */
async function isForeign(path: string): Promise<boolean> {
  const content = await readFile(path).catch(() => undefined);
  return content !== undefined && !content.includes(ownSocket);
}

async function replace(source: string, path: string): Promise<void> {
  // The file is beside the target, because a rename cannot cross file systems. Its name is hidden, and used only once.
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
