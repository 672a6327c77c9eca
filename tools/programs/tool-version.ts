import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "./tools.ts";

/** The programs of ours that are made of packages of other modules. */
export const ownSources: string = join(import.meta.dirname, "sources");

/** The version of a tool in the cache. A program of ours has another one with each change of its source. */
export function toolVersion({ module: { version }, source }: Tool): string {
  if (source === undefined) return version;
  const text = readFileSync(join(ownSources, source));
  return `${version}-${createHash("sha256").update(text).digest("hex").slice(0, 10)}`;
}
