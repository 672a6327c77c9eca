import { readFile, rename, writeFile } from "node:fs/promises";

const uptimeFile = "/proc/uptime";

/**
 * Writes the uptime of the machine, in whole seconds, into the file in one step. A shell without any program can compare it with
 * the uptime of a later time: see deploy/overlays/self-signed/cainjector.yaml.
 */
export async function beat(file: string): Promise<void> {
  const [seconds = ""] = (await readFile(uptimeFile, "utf8")).split(".");
  const temporary = `${file}.new`;
  await writeFile(temporary, `${seconds}\n`);
  await rename(temporary, file);
}
