import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same by gzip. */
  readonly compressed: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json; charset=utf-8",
};

const notBuilt = `<!doctype html>
<html lang="en"><title>ovn4nfv view</title>
<h1>ovn4nfv view</h1>
<p>The page is not built: run <code>npm run build</code>, and start again. What it would show is at <a href="/api/events">/api/events</a>.</p>
</html>
`;

/**
 * Reads the files of the page, by the paths of their URLs. Only what is read here is ever served, whatever a path asks for. Without
 * the folder it is one page that says so.
 */
export async function readPageFiles(folder: string | undefined): Promise<ReadonlyMap<string, PageFile>> {
  if (folder === undefined || !existsSync(join(folder, "index.html"))) {
    return new Map([["/", pageFile(types[".html"] ?? "", Buffer.from(notBuilt))]]);
  }
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    found.flatMap((entry) => {
      const type = types[extname(entry.name)];
      if (!entry.isFile() || type === undefined) return [];
      const path = join(entry.parentPath, entry.name);
      const url = `/${relative(folder, path).split(sep).join("/")}`;
      return [readFile(path).then((bytes) => [url === "/index.html" ? "/" : url, pageFile(type, bytes)] as const)];
    }),
  );
  return new Map(files);
}

function pageFile(type: string, bytes: Buffer): PageFile {
  return { type, bytes, compressed: gzipSync(bytes, { level: 9 }) };
}
