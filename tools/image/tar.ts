/** One entry of an archive. Its path is relative and has at most 100 bytes. */
export type TarEntry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly content: Uint8Array; readonly executable?: boolean }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const blockSize = 512;
const typeFlags = { file: "0", link: "2", folder: "5" } as const;

/**
 * Writes an archive in the ustar format (POSIX.1-1988). The owner is root and the time 0, so equal input gives equal
 * bytes.
 */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    parts.push(header(entry));
    if (entry.kind !== "file") continue;
    parts.push(entry.content, new Uint8Array(-entry.content.length & (blockSize - 1)));
  }
  return Buffer.concat([...parts, new Uint8Array(2 * blockSize)]);
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(blockSize);
  const put = (text: string, offset: number, size: number): void => {
    if (Buffer.byteLength(text) > size)
      throw new RangeError(`"${text}" does not fit into ${size} bytes of a tar header`);
    block.write(text, offset);
  };
  const octal = (value: number, offset: number, size: number): void => {
    put(value.toString(8).padStart(size - 1, "0"), offset, size - 1);
  };
  const runs = entry.kind !== "file" || entry.executable === true;
  put(entry.kind === "folder" ? `${entry.path}/` : entry.path, 0, 100);
  octal(runs ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.kind === "file" ? entry.content.length : 0, 124, 12);
  octal(0, 136, 12);
  put(" ".repeat(8), 148, 8);
  put(typeFlags[entry.kind], 156, 1);
  if (entry.kind === "link") put(entry.target, 157, 100);
  put("ustar\0" + "00", 257, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return block;
}
