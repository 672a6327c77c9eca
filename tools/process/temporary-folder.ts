import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onProcessExit } from "./exit-guard.ts";

export interface TemporaryFolder extends Disposable {
  readonly path: string;
  /** Removes the folder now instead of at the end of the process; does nothing the second time. */
  remove(): void;
}

/**
 * Makes a folder under the system's temporary folder. It is removed at the end; with KEEP=1 it stays, and its path is
 * printed.
 */
export function createTemporaryFolder(purpose: string, env: NodeJS.ProcessEnv = process.env): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `ovn4nfv-${purpose}-`));
  let present = true;
  const remove = (): void => {
    if (!present) return;
    present = false;
    takeBack();
    if (env["KEEP"] === "1") process.stderr.write(`kept: ${path}\n`);
    else rmSync(path, { recursive: true, force: true });
  };
  const takeBack = onProcessExit(remove);
  return { path, remove, [Symbol.dispose]: remove };
}
