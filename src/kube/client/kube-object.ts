import { AppError } from "#src/core/errors.ts";

/** The part of any Kubernetes object that this folder reads. The rest stays raw JSON, exactly as it was sent. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * Checks the metadata of an object of the API server, without copying it. Lists of 20,000 pods pass here, and zod would take
 * more time than their decoding. Throws `ProtocolError`, which names the field.
 */
export function parseKubeObject(raw: unknown): KubeObject {
  const metadata = isRecord(raw) ? raw["metadata"] : undefined;
  if (!isRecord(metadata)) throw malformed("metadata", "an object");
  for (const field of ["name", "uid", "resourceVersion"]) {
    if (typeof metadata[field] !== "string") throw malformed(field, "a string");
  }
  for (const field of ["namespace", "deletionTimestamp"]) {
    if (metadata[field] !== undefined && typeof metadata[field] !== "string") throw malformed(field, "a string");
  }
  for (const field of ["labels", "annotations"]) {
    if (metadata[field] !== undefined && !isStringMap(metadata[field])) throw malformed(field, "a map of strings");
  }
  const { finalizers } = metadata;
  if (finalizers !== undefined && !(Array.isArray(finalizers) && finalizers.every((one) => typeof one === "string"))) {
    throw malformed("finalizers", "a list of strings");
  }
  return raw as KubeObject;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStringMap(value: unknown): boolean {
  if (!isRecord(value)) return false;
  for (const key in value) if (typeof value[key] !== "string") return false;
  return true;
}

function malformed(field: string, wanted: string): AppError {
  return new AppError("ProtocolError", `the API server sent an object whose ${field} is not ${wanted}`, {
    details: { field },
  });
}

/** The key of an object in informers and work queues: `namespace/name`, or `name` when it has no namespace. */
export function objectKey(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Splits a key of `objectKey` into its parts. */
export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
