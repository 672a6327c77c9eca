// Says in the CycloneDX format which Debian packages the image of OVN has files of.
import { contentUuid } from "./content-uuid.ts";
import { ovnVersion, type PackageLock } from "./package-lock.ts";

/** Prints the document: equal locks give equal bytes. The digest of a part is that of its package. */
export function printOvnSbom(lock: PackageLock): string {
  const { suite, architecture, packages } = lock;
  const components = packages.map(({ name, version, sha256 }) => {
    // The characters + and : of a version must not stand in a package URL as they are.
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${suite}`;
    return { "bom-ref": purl, type: "library", name, version, purl, hashes: [{ alg: "SHA-256", content: sha256 }] };
  });
  const image = { "bom-ref": "ovn4nfv-ovn", type: "container", name: "ovn4nfv-ovn", version: ovnVersion(lock) };
  const content = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    serialNumber: "",
    metadata: { timestamp: new Date(0).toISOString(), component: image },
    components,
    dependencies: [{ ref: image["bom-ref"], dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  const serialNumber = `urn:uuid:${contentUuid(JSON.stringify(content))}`;
  return `${JSON.stringify({ ...content, serialNumber }, null, 2)}\n`;
}
