import * as z from "zod";
import { AppError } from "#src/core/errors.ts";
import type { KubeObject } from "./kube-object.ts";

const withData = z.looseObject({ data: z.record(z.string(), z.string()).nullish() });

/** The `data` of a ConfigMap. Throws `ProtocolError` when a value is no text. */
export function configMapData(object: KubeObject): ReadonlyMap<string, string> {
  const parsed = withData.safeParse(object);
  if (parsed.success) return new Map(Object.entries(parsed.data.data ?? {}));
  throw new AppError("ProtocolError", `${object.metadata.name} has data that are no texts`, { cause: parsed.error });
}

/** The `data` of a Secret, decoded as UTF-8. Throws `ProtocolError` when a value is no text. */
export function secretData(object: KubeObject): ReadonlyMap<string, string> {
  return new Map([...configMapData(object)].map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** Encodes texts as `data` of a Secret. A merge removes a key whose text is `undefined`. */
export function encodeSecretData(texts: Readonly<Record<string, string | undefined>>): Record<string, string | null> {
  const encode = (text: string | undefined) => (text === undefined ? null : Buffer.from(text).toString("base64"));
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]));
}
