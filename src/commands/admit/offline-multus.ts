// What is known of Multus where no cluster is asked: definitions by flags, and what the manifests bring along themselves.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type OwnDefinition, readOwnDefinition } from "#src/api/multus/attachment-definition.ts";
import { definitionKey } from "#src/api/multus/multus-selection.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";
import { allowed } from "#webhooks/admission/response.ts";
import type { DefinitionSource } from "#webhooks/pod/stored-definitions.ts";
import type { Manifest } from "./manifest-files.ts";

const { key: optInLabel, example: optInValue } = annotationKeys.multusNamespace;
const told: ReadonlySet<string> = new Set([resources.networkAttachmentDefinitions.kind, resources.namespaces.kind]);

/** True for a manifest that brings no pod and yet is of use. */
export function tellsOfMultus({ kind }: Manifest): boolean {
  return told.has(kind);
}

/**
 * Definitions by `names` (`namespace/name`), each for all interfaces, and those in the manifests by what is in them. Of
 * others nobody can say here whose they are: they are taken for another plugin's, which is said once of each with `warn`.
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
 * The entry for pods that ask by Multus selections alone, asked where the namespace opts in. Of a namespace that is not
 * among the manifests that is assumed, and said.
 */
export function whereOptedIn(handler: AdmissionHandler, manifests: readonly Manifest[]): AdmissionHandler {
  const optsIn = new Map(
    manifests
      .filter(({ kind }) => kind === resources.namespaces.kind)
      .map(({ object }) => {
        const { name, labels } = at(object, "metadata");
        return [name, isJsonObject(labels) && labels[optInLabel] === optInValue] as const;
      }),
  );
  return async (request, context) => {
    const isOptedIn = optsIn.get(request.namespace);
    if (isOptedIn === false) return allowed();
    const answer = await handler(request, context);
    if (isOptedIn === true || (answer.allowed && answer.patch.length === 0)) return answer;
    const assumed = `asks by Multus selections alone, which counts where the namespace is labelled ${optInLabel}=${optInValue}`;
    return { ...answer, warnings: [...(answer.warnings ?? []), assumed] };
  };
}

function at(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
