import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { root } from "../source-files.ts";
import {
  buildApiPriority,
  buildBackup,
  buildManifests,
  buildMonitoring,
  buildOwnOvn,
  buildView,
  choices,
  ownOvnChoices,
} from "./choices.ts";
import { templateOf } from "./marks.ts";
import { everyChosen, printVariants, variantsOf } from "./variants.ts";

/** The folder with the parts of the chart that are written by hand. */
const source = join(root, "deploy/chart");

/**
 * The files of the Helm chart, by their paths in it: those of deploy/chart, and a template for each kind of object that
 * kustomize builds. The namespace is left out, since Helm wants it to be there before.
 */
export async function chartFiles(): Promise<ReadonlyMap<string, string>> {
  const written = globSync("**/*.*", { cwd: source }).sort();
  const files = new Map(written.map((path) => [path, readFileSync(join(source, path), "utf8")]));
  const builds = [];
  for (const chosen of everyChosen(choices.length)) builds.push(textsByKey(await buildManifests(chosen)));
  const conditions = choices.map(({ condition }) => condition);
  for (const key of new Set(builds.flatMap((build) => [...build.keys()]))) {
    const variants = variantsOf(builds.map((build) => build.get(key)));
    add(files, kindOf(key), printVariants(variants, conditions));
  }
  const own = [];
  for (const chosen of everyChosen(ownOvnChoices.length)) own.push(textsByKey(await buildOwnOvn(chosen)));
  const ownConditions = ownOvnChoices.map(({ condition }) => condition);
  for (const key of new Set(own.flatMap((build) => [...build.keys()]))) {
    const text = printVariants(variantsOf(own.map((build) => build.get(key))), ownConditions);
    add(files, kindOf(key), `{{- if .Values.ovn.enabled }}\n${text}{{- end }}\n`);
  }
  for (const [condition, objects] of [
    ["monitoring.enabled", await buildMonitoring()],
    ["backup.enabled", await buildBackup()],
    ["apiPriority.enabled", await buildApiPriority()],
    ["view.enabled", await buildView()],
  ] as const) {
    for (const [key, text] of textsByKey(objects)) {
      add(files, kindOf(key), `{{- if .Values.${condition} }}\n${text}{{- end }}\n`);
    }
  }
  return files;
}

function textsByKey(objects: readonly KubeObject[]): ReadonlyMap<string, string> {
  const texts = objects.flatMap((object) => {
    const { kind, metadata } = object;
    const key = `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
    return kind === "Namespace" ? [] : [[key, templateOf(object)] as const];
  });
  return new Map(texts);
}

function kindOf(key: string): string {
  return (key.split("/")[0] ?? "").toLowerCase();
}

function add(files: Map<string, string>, kind: string, text: string): void {
  const path = `templates/${kind}.yaml`;
  files.set(path, `${files.get(path) ?? ""}${text}`);
}
