import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority, type IssueOptions, issueServing } from "./authority.ts";
import type { CertificateNames } from "./certificate-writer.ts";
import type { CertificateKeyPair } from "./key-pair.ts";

/** A serving pair, and the certificate of its authority, which is the `caBundle` of the webhook configuration. */
export interface SelfSigned extends CertificateKeyPair {
  readonly ca: string;
}

/** The names of a Secret of type kubernetes.io/tls. */
export const certificateFileNames = { cert: "tls.crt", key: "tls.key", ca: "ca.crt" } as const;

/**
 * Makes a pair for the names. Its authority lives as long as the pair, and the authority's key is thrown away. The pair is
 * never renewed, because that would change the authority, and with it the caBundle.
 */
export async function selfSigned(names: CertificateNames, options: IssueOptions): Promise<SelfSigned> {
  const authority = await createAuthority("ovn4nfv-self-signed", options);
  const pair = await issueServing(authority, names, options);
  return { ...pair, ca: authority.cert };
}

/** Writes the three files, each in one step. Only the owner can read the key. */
export async function writeCertificateFiles(folder: string, { cert, key, ca }: SelfSigned): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(join(folder, certificateFileNames.ca), ca, 0o644);
  await replaceFile(join(folder, certificateFileNames.key), key, 0o600);
  await replaceFile(join(folder, certificateFileNames.cert), cert, 0o644);
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode);
  await rename(temporary, path);
}
