import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where the built page lies, seen from the bundle, from one of its parts, and from the sources. */
const places = ["page", "../page", "../../../dist/product/page"];

/** The folder of the built page; undefined where nobody has built it. */
export function pageFolder(from: string = import.meta.dirname): string | undefined {
  return places.map((place) => join(from, place)).find((folder) => existsSync(join(folder, "index.html")));
}
