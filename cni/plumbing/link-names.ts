import { readFile } from "node:fs/promises";

/** Names of the links in the node's own network namespace. */
export async function linkNames(): Promise<ReadonlySet<string>> {
  const lines = (await readFile("/proc/net/dev", "utf8")).split("\n");
  return new Set(lines.map((line) => line.split(":")[0]?.trim() ?? ""));
}
