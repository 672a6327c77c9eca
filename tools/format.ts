// `npm run format [PATH...]`: formats with Biome.
import { spawnSync } from "node:child_process";
import { root } from "./source-files.ts";

const paths = process.argv.slice(2);
const { status } = spawnSync("biome", ["format", "--write", ...(paths.length === 0 ? ["."] : paths)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
