import { createHash } from "node:crypto";

/** A UUID of version 8 (RFC 9562), made from a digest of the text. */
export function contentUuid(text: string): string {
  const digest = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, variant + digest.slice(17, 20)];
  return [...parts, digest.slice(20, 32)].join("-");
}
