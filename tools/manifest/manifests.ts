import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { root } from "../source-files.ts";

/** Reads the objects of a manifest, given by its path in the repository. Throws on YAML that is wrong. */
export function readManifests(path: string): readonly KubeObject[] {
  return parseManifests(readFileSync(`${root}/${path}`, "utf8"));
}

/** Reads the objects of a manifest. Throws on YAML that is wrong. */
export function parseManifests(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}
