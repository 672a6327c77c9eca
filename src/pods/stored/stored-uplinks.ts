import type { ApiClient } from "#src/kube/client/api-client.ts";
import { resources } from "#src/kube/client/resources.ts";
import { Informer, type InformerOptions } from "#src/kube/informer/informer.ts";

/** The part of an Uplink with which another one is compared. */
export interface StoredUplink {
  readonly name: string;
  readonly object: { readonly metadata: object; readonly spec: unknown };
}

/** Keeps Uplinks in memory. */
export function watchStoredUplinks(
  parts: Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient },
): Informer<StoredUplink> {
  return new Informer({
    ...parts,
    name: "uplinks",
    resource: resources.uplinks,
    project: ({ metadata: { name, uid }, ...rest }): StoredUplink => ({
      name,
      object: { metadata: { name, uid }, spec: rest["spec"] },
    }),
    indexers: {},
  });
}
