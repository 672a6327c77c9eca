import { stringify } from "yaml";

/** The plugin is a script for a shell, so each platform that has one gets the same archive. */
const platforms = ["linux", "darwin"].flatMap((os) => ["amd64", "arm64"].map((arch) => ({ os, arch })));

/**
 * The manifest by which krew installs `kubectl ovn4nfv` (krew.googlecontainertools.github.com/v1alpha2). `uri` is where the archive
 * will be, and `sha256` its digest in hexadecimal.
 */
export function krewManifest(version: string, uri: string, sha256: string): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "ovn4nfv" },
    spec: {
      version: `v${version}`,
      shortDescription: "Show secondary OVN networks of pods",
      description:
        "Shows the networks, addresses and pods of ovn4nfv, checks an installation, and says what would become of a pod before it " +
        "is created. What reads the Northbound database runs in the pod of the controller.\n",
      platforms: platforms.map((matchLabels) => ({
        selector: { matchLabels },
        uri,
        sha256,
        bin: "kubectl-ovn4nfv",
        files: [
          { from: "kubectl-ovn4nfv", to: "." },
          { from: "kubectl_complete-ovn4nfv", to: "." },
          { from: "LICENSE", to: "." },
        ],
      })),
    },
  });
}
