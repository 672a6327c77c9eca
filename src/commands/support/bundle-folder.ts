// A support bundle: what is read, and what is taken out of it before it is written.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { redactText, redactValue } from "./redact.ts";

/** The folder that a bundle is written into; everything passes the redaction here, and only here. */
export class BundleFolder {
  readonly path: string;
  /** What could not be read, by file. */
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

  /** Writes what `read` gives: text as it is, anything else as YAML. What cannot be read is noted, and nothing is lost by it. */
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
