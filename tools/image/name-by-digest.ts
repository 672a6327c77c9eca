/** Adds the digest to each use of the image in manifests, as text. Throws when the image is not used. */
export function nameByDigest(manifests: string, image: string, digest: string): string {
  const named = manifests.replace(/^(\s*(?:- )?image: )(\S+)$/gm, (line, key: string, name: string) =>
    name === image ? `${key}${image}@${digest}` : line,
  );
  if (named === manifests) throw new Error(`the manifests do not use ${image}`);
  return named;
}
