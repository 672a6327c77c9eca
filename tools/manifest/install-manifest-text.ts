import { buildFolder } from "./kustomize.ts";

export const installManifestPath = "deploy/install.yaml";
const overlay = "deploy/overlays/self-signed";

const header = `# Generated from ${overlay} by \`npm run manifest\`; do not edit. docs/install.md says what to set.
`;

/** The default overlay as one manifest, as kubectl builds it. */
export async function printInstallManifest(): Promise<string> {
  return header + (await buildFolder(overlay));
}
