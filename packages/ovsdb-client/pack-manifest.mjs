// `node pack-manifest.mjs strip|restore`: the condition by which the repository takes the sources is not in the manifest
// that is packed, because the sources are not in the tarball.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("package.json", import.meta.url);
const condition = '      "ovsdb-source": "./src/ovsdb-client.ts",\n';
const next = '      "types": ';

const text = readFileSync(path, "utf8");
const stripped = text.replace(condition, "");
writeFileSync(path, process.argv[2] === "restore" ? stripped.replace(next, condition + next) : stripped);
