import { readFile } from "node:fs/promises";
import type { Clock } from "#src/core/clock.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import { parseBundle } from "./pem-bundle.ts";
import { ReloadedFiles } from "./reloaded-files.ts";

export interface BundleFileOptions {
  readonly file: string;
  /** The name in logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs?: number;
}

/** Reads authorities (PEM) from a file, and again when the file changes. Throws `ConfigInvalid` when the first read fails. */
export async function openBundleFile(options: BundleFileOptions): Promise<ReloadedFiles<string>> {
  const { file, name, clock, logger, pollMs } = options;
  const used = (bundle: string): void => {
    logger.info({ source: name, authorities: parseBundle(bundle).length }, "authorities in use");
  };
  const refused = (reason: string): void => {
    logger.warn({ source: name, reason }, "authorities refused, the old ones stay");
  };
  const read = () => readBundle(file);
  return new ReloadedFiles({ files: [file], name, read, used, refused, clock, logger, pollMs }, await read());
}

async function readBundle(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new AppError("ConfigInvalid", `${file} cannot be read: ${fromUnknown(cause).message}`, { cause });
  }
  if (parseBundle(text).length > 0) return text;
  throw new AppError("ConfigInvalid", `${file} holds no certificate`);
}
