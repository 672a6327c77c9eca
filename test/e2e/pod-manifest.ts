import { annotationKeys } from "#src/api/annotation-keys.ts";

export interface PodManifest {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: object;
}

/** A pod that nothing runs: there is no scheduler. */
export function podManifest({ spec = {}, ...metadata }: PodManifest): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", ...metadata },
    spec: { containers: [{ name: "main", image: "registry.example/none" }], ...spec },
  };
}

/** The request annotation for these interfaces. */
export function request(...interfaces: readonly object[]): Readonly<Record<string, string>> {
  return { [annotationKeys.request.key]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }) };
}
