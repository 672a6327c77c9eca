// Collects the licences of what is in the image: they ask that their text goes along with each copy.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "../source-files.ts";

interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const textFile = /^(?:licen[cs]e|copying|notice)/i;

/** The licences of the product, of the packages in these folders, and of the Node that runs this, as one text. */
export async function printLicences(folders: readonly string[]): Promise<string> {
  const node = dirname(dirname(process.execPath));
  const parts = await Promise.all([
    printPackage(root),
    ...folders.map((folder) => printPackage(join(root, folder))),
    ...(existsSync(join(node, "LICENSE")) ? [printTexts(`node ${process.version.slice(1)}`, node)] : []),
  ]);
  return parts.join("\n");
}

/** Throws for a package that has neither the text of its licence nor its name. */
async function printPackage(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as PackageManifest;
  if (license === undefined) throw new Error(`${name} does not say what its licence is`);
  return printTexts(`${name} ${version}: ${license}`, folder);
}

async function printTexts(title: string, folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => textFile.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const line = "=".repeat(title.length);
  return [line, title, line, "", ...texts.map((text) => `${text.trimEnd()}\n`)].join("\n");
}
