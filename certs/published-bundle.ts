// The ConfigMap by which the webhook tells the cainjector whom the API server is to trust. It holds certificates, and no key.
import { AppError } from "#src/core/errors.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { configMapData } from "#src/kube/client/object-data.ts";
import { parseBundle } from "./pem-bundle.ts";

/** The name that ConfigMaps with an authority have for it, such as kube-root-ca.crt. */
const entry = "ca.crt";

/** A rollover needs two or three. Many would make the webhook configurations too large. */
const maxAuthorities = 16;

/** The change that publishes a bundle (PEM). It is `undefined` when the ConfigMap has it. */
export function publication(before: KubeObject | undefined, bundle: string): object | undefined {
  if (before !== undefined && configMapData(before).get(entry) === bundle) return undefined;
  return { data: { [entry]: bundle } };
}

/**
 * Reads the bundle (PEM) of a ConfigMap. Whoever may write the ConfigMap chose the text, so that only certificates of
 * authorities are taken from it. It is `undefined` while there is no ConfigMap. Throws `ConfigInvalid`.
 */
export function readPublished(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  const text = configMapData(object).get(entry) ?? "";
  const authorities = parseBundle(text);
  if (authorities.length === 0) throw new AppError("ConfigInvalid", `the ConfigMap has no certificate in ${entry}`);
  if (authorities.length > maxAuthorities) {
    throw new AppError("ConfigInvalid", `the ConfigMap has more than ${maxAuthorities} certificates in ${entry}`);
  }
  if (authorities.some(({ ca }) => !ca)) {
    throw new AppError("ConfigInvalid", `the ConfigMap has a certificate in ${entry} that is no authority's`);
  }
  return text;
}
