import type { ViewOmission } from "#src/view/contract/view-event.ts";
import { followedKinds, type Sees } from "../cluster-watch.ts";

/** Says which kinds a viewer is not shown, or not whole. `isFull` says that more rights matter than are asked for. */
export function leftOut(sees: Sees, isFull: boolean): readonly ViewOmission[] {
  const kinds = followedKinds.flatMap(({ resource, kind }): ViewOmission[] => {
    if (kind === undefined || sees(resource, undefined)) return [];
    const right = `you may not list ${resource.plural}`;
    const why = resource.namespaced ? `${right} of all namespaces; those that you may list are shown` : right;
    return [{ kind, why }];
  });
  const why = "there are too many namespaces for your rights to be asked for; name one with --namespace";
  const more: readonly ViewOmission[] = isFull ? [{ kind: "pod", why }] : [];
  return [...kinds, ...more, { kind: "router", why: "the page of a cluster does not read the Northbound database" }];
}
