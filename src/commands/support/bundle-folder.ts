// The support bundle: collects files for somebody who looks for a fault, and takes the secrets out of them.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { redactText, redactValue } from "./redact.ts";

/** The folder of a bundle. Everything that is written passes the redaction here, and only here. */
export class BundleFolder {
  readonly path: string;
  /** The files that could not be read, each with the reason. */
  readonly missing: { readonly file: string; readonly why: string }[] = [];
  #files = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder. Throws `ConfigInvalid` when there is one of that name. */
  static async create(path: string): Promise<BundleFolder> {
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (cause) {
      throw new AppError("ConfigInvalid", `the folder ${path} cannot be made: ${fromUnknown(cause).message}`, {
        cause,
      });
    }
    return new BundleFolder(path);
  }

  get files(): number {
    return this.#files;
  }

  /** Writes the result of `read`: text as it is, anything else as YAML. When it cannot be read, the reason is noted. */
  async add(file: string, read: () => Promise<unknown>): Promise<void> {
    let content: unknown;
    try {
      content = await read();
    } catch (caught) {
      this.missing.push({ file, why: redactText(fromUnknown(caught).message) });
      return;
    }
    await this.write(file, content);
  }

  async write(file: string, content: unknown): Promise<void> {
    const path = join(this.path, file);
    await mkdir(dirname(path), { recursive: true });
    const text = typeof content === "string" ? redactText(content) : redactText(stringify(redactValue(content)));
    await writeFile(path, text, { mode: 0o600 });
    this.#files += 1;
  }
}
