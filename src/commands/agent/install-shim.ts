import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, copyFile, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { newestVersion, printVersions } from "#cni/contract/commands.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { CommandRun } from "../command.ts";

/** A shim answers VERSION by itself within milliseconds. */
const answerLimitMs = 10_000;

/**
 * Puts the shim among the node's CNI plugins. A shim that does not work is not installed, so that the one of the node stays. Each
 * file changes in one step, so a runtime finds the old one or the new one.
 */
export const installShim: CommandRun<"install-shim"> = async ({ config, logger }) => {
  const { shimFile, pluginFolder, pluginNames, inheritedNames } = config;
  await assertAnswers(shimFile);
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

/** Throws `ConfigInvalid` unless the shim answers VERSION, which it does without an agent. */
async function assertAnswers(shimFile: string): Promise<void> {
  let answer: string;
  try {
    const options = { env: { CNI_COMMAND: "VERSION" }, timeout: answerLimitMs };
    const running = promisify(execFile)(shimFile, [], options);
    running.child.stdin?.end();
    answer = (await running).stdout;
  } catch (cause) {
    throw new AppError(
      "ConfigInvalid",
      `${shimFile} does not run, and is not installed: ${fromUnknown(cause).message}`,
      {
        cause,
      },
    );
  }
  if (answer === printVersions(newestVersion)) return;
  throw new AppError(
    "ConfigInvalid",
    `${shimFile} does not answer VERSION as a shim of this release, and is not installed`,
  );
}

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
