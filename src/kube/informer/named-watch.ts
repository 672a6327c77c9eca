import type { KubeObject } from "../client/kube-object.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";
import type { ObjectName } from "../client/resource-api.ts";

export interface NamedWatchOptions
  extends Pick<ReflectorOptions, "client" | "resource" | "clock" | "logger" | "metrics"> {
  readonly target: ObjectName;
  /** It is called with each state, which is `undefined` while there is no such object. It must not throw. */
  readonly onState: (object: KubeObject | undefined) => void;
}

/**
 * Watches one object of a known name until the signal aborts, and never rejects. It asks by field selector, so that an RBAC
 * rule with `resourceNames` is enough.
 */
export function watchNamed(options: NamedWatchOptions, signal: AbortSignal): Promise<void> {
  const { target, onState, ...parts } = options;
  const reflector = new Reflector(
    {
      ...parts,
      name: `${options.resource.plural}/${target.name}`,
      namespace: target.namespace,
      fieldSelector: `metadata.name=${target.name}`,
    },
    {
      replace() {
        let found: KubeObject | undefined;
        return {
          put: (object) => {
            found = object;
          },
          remove: () => {
            found = undefined;
          },
          commit: () => {
            onState(found);
          },
        };
      },
      apply: ({ type, object }) => {
        onState(type === "DELETED" ? undefined : object);
      },
    },
  );
  return reflector.run(signal);
}
