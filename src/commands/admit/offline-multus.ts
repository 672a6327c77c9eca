// Tells what is known of Multus where no cluster is asked: the definitions that flags name, and what manifests contain.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type OwnDefinition, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { definitionKey } from "#src/api/multus/multus-selection.ts";
import { resources } from "#src/kube/client/resources.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";
import type { DefinitionSource } from "#src/pods/demand/definition-source.ts";
import type { DecidePod } from "#src/pods/pod-decision.ts";
import type { Manifest } from "./manifest-files.ts";

const { key: optInLabel, value: optInValue } = annotationKeys.multusNamespace;
const told: ReadonlySet<string> = new Set([resources.networkAttachmentDefinitions.kind, resources.namespaces.kind]);

/** True for a manifest that has no pod but tells something about Multus: a definition or a namespace. */
export function tellsOfMultus({ kind }: Manifest): boolean {
  return told.has(kind);
}

/**
 * Knows the definitions called `names` (`namespace/name`), each for all interfaces, and those in the manifests by what is in
 * them. It takes any other definition for another plugin's, and says so once of each with `warn`.
 */
export function offlineDefinitions(
  manifests: readonly Manifest[],
  names: readonly string[],
  defaultNamespace: string,
  warn: (text: string) => void,
): DefinitionSource {
  const known = new Map<string, OwnDefinition | undefined>(names.map((name) => [name, { network: undefined }]));
  for (const { kind, object } of manifests) {
    if (kind !== resources.networkAttachmentDefinitions.kind) continue;
    const { namespace, name } = at(object, "metadata");
    const key = `${textOf(namespace) ?? defaultNamespace}/${textOf(name) ?? ""}`;
    known.set(key, readOwnDefinition(at(object, "spec")["config"]) ?? known.get(key));
  }
  const ours = new Map([...known].flatMap(([key, own]) => (own === undefined ? [] : [[key, own] as const])));
  const unknown = new Set<string>();
  return (selections) => {
    for (const key of selections.map(definitionKey)) {
      if (known.has(key) || unknown.has(key)) continue;
      unknown.add(key);
      warn(`the definition ${key} is not among the manifests, and taken for another plugin's`);
    }
    return Promise.resolve(ours);
  };
}

/**
 * Lets `bySelections` decide about pods whose namespace opts in to Multus selections. It takes a namespace that is not among
 * the manifests for one that does, and says so in a warning.
 */
export function whereOptedIn(bySelections: DecidePod, manifests: readonly Manifest[]): DecidePod {
  const optsIn = new Map(
    manifests
      .filter(({ kind }) => kind === resources.namespaces.kind)
      .map(({ object }) => {
        const { name, labels } = at(object, "metadata");
        return [name, isJsonObject(labels) && labels[optInLabel] === optInValue] as const;
      }),
  );
  return async (pod, call) => {
    const isOptedIn = optsIn.get(pod.namespace);
    if (isOptedIn === false) return { kind: "unchanged", warnings: [] };
    const decision = await bySelections(pod, call);
    if (isOptedIn === true || decision.kind === "unchanged") return decision;
    const assumed = `asks by Multus selections alone, which counts where the namespace is labelled ${optInLabel}=${optInValue}`;
    return { ...decision, warnings: [...decision.warnings, assumed] };
  };
}

function at(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
