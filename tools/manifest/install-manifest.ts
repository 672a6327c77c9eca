// `npm run manifest`: writes deploy/install.yaml, the default overlay in one file.
import { writeFile } from "node:fs/promises";
import { installManifestPath, printInstallManifest } from "./install-manifest-text.ts";
import { root } from "../source-files.ts";

await writeFile(`${root}/${installManifestPath}`, await printInstallManifest());
console.log(`wrote ${installManifestPath}`);
