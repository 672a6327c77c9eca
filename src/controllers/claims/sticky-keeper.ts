// Makes the claims of replicas of StatefulSets, and deletes those of replicas that a set no longer has.
import { replicaOfClaimName } from "#src/api/claim/replica-claim-name.ts";
import { whenScaledAnnotation } from "#src/api/claim/claim-keys.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import { apiErrorDetails, isAlreadyExists, isConflict, isNotFound } from "#src/kube/client/api-error.ts";
import type { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { EventRecorder } from "#src/kube/events/events.ts";
import type { ClaimName } from "#src/ovn/claims/port-claim.ts";
import type { StickyMark } from "#src/ovn/claims/sticky-mark.ts";
import type { ClaimObject } from "./claim-object.ts";
import { type StatefulSets, type StoredSet, wantsReplica } from "./stateful-sets.ts";
import type { StickyStep } from "./sticky-decision.ts";

export interface StickyKeeperOptions {
  readonly api: Pick<ResourceApi, "create" | "delete" | "patchIfThere">;
  readonly sets: Pick<StatefulSets, "read">;
  readonly events: Pick<EventRecorder, "record">;
  readonly logger: Logger;
}

/** Each write is decided by a live read of the set, since the claims are the set's. */
export class StickyKeeper {
  readonly #options: StickyKeeperOptions;

  constructor(options: StickyKeeperOptions) {
    this.#options = options;
  }

  /**
   * Makes the claim. Gives false when there is none to be made: the set is gone or no longer has the replica, or there is no CRD.
   * `refused` tells of a quota or a policy, which may pass. Whoever may make pods may write any owner into them, so that the set is asked.
   */
  async make({ namespace, name }: ClaimName, mark: StickyMark, options: CallOptions): Promise<boolean | "refused"> {
    const { api, sets, events, logger } = this.#options;
    const replica = replicaOfClaimName(name);
    const set = await sets.read({ namespace, name: mark.set }, options);
    if (set?.uid !== mark.uid || replica?.set !== mark.set || !wantsReplica(set, replica.ordinal)) return false;
    try {
      await api.create(namespace, claimOf(name, set, mark), options);
    } catch (caught) {
      // The informer shows it in a moment.
      if (isAlreadyExists(caught)) return true;
      if (isNotFound(caught)) return false;
      const why = caught instanceof Error ? caught.message : String(caught);
      const message = `the claim ${name}, by which ${mark.set}-${replica.ordinal} keeps its addresses, cannot be made: ${why}`;
      events.record({ subject: subjectOf(set), type: "Warning", reason: "ClaimNotMade", message });
      if (isRefused(caught)) return "refused";
      throw caught;
    }
    logger.info({ namespace, claim: name, set: set.name }, "claim of a replica made");
    return true;
  }

  /**
   * Does the step, when a live read of the set agrees. Gives false when another look is needed, and when a policy refuses it, so that
   * it does not keep the claim from everything else.
   */
  async do(step: StickyStep, object: ClaimObject, options: CallOptions): Promise<boolean> {
    const { sets } = this.#options;
    const set = await sets.read(step.set, options);
    const ordinal = replicaOfClaimName(object.name)?.ordinal ?? -1;
    if (set?.uid !== step.set.uid || wantsReplica(set, ordinal) !== (step.do === "own")) return false;
    try {
      return await (step.do === "own" ? this.#own(object, set, options) : this.#delete(object, set, options));
    } catch (caught) {
      if (!isRefused(caught)) throw caught;
      const { namespace, name } = object;
      this.#options.logger.warn(
        { namespace, claim: name, err: caught },
        "a step for the claim of a replica is refused",
      );
      return false;
    }
  }

  async #own(object: ClaimObject, set: StoredSet, options: CallOptions): Promise<boolean> {
    const { namespace, name } = object;
    const { uid, resourceVersion } = object.object.metadata;
    const body = { metadata: { uid, resourceVersion, ownerReferences: [...object.owners, asOwner(set, object)] } };
    await this.#options.api.patchIfThere({ namespace, name }, "merge", body, options);
    this.#options.logger.info({ namespace, claim: name, set: set.name }, "claim of a replica belongs to a new set");
    return true;
  }

  async #delete(object: ClaimObject, set: StoredSet, options: CallOptions): Promise<boolean> {
    const { api, events, logger } = this.#options;
    const { namespace, name } = object;
    const { uid, resourceVersion } = object.object.metadata;
    try {
      await api.delete({ namespace, name }, { ...options, uid, resourceVersion });
    } catch (caught) {
      if (isNotFound(caught)) return true;
      if (isConflict(caught)) return false;
      throw caught;
    }
    const message = `the claim ${name} is deleted, because the set has ${set.range.count} replicas from ordinal ${set.range.start} on`;
    events.record({ subject: subjectOf(set), type: "Normal", reason: "ClaimDeleted", message });
    logger.info({ namespace, claim: name, set: set.name }, "claim of a replica deleted, which the set no longer has");
    return true;
  }
}

/** True for the answer of a quota or a policy. */
function isRefused(caught: unknown): boolean {
  return [403, 422].includes(apiErrorDetails(caught)?.status ?? 0);
}

function claimOf(name: string, set: StoredSet, { network, interface: interfaceName, whenScaled }: StickyMark): object {
  const { ipamClaims } = resources;
  return {
    apiVersion: apiVersionOf(ipamClaims),
    kind: ipamClaims.kind,
    metadata: {
      name,
      namespace: set.namespace,
      annotations: { [whenScaledAnnotation]: whenScaled },
      ownerReferences: [ownerOf(set)],
    },
    spec: { network, interface: interfaceName },
  };
}

/** The set is deleted without waiting for its claims: these wait for the pods. */
function ownerOf({ name, uid }: StoredSet) {
  const { statefulSets } = resources;
  return { apiVersion: apiVersionOf(statefulSets), kind: statefulSets.kind, name, uid, controller: true };
}

/** The API server takes one controller only, and somebody may have given the claim another one. */
function asOwner(set: StoredSet, { owners }: ClaimObject): object {
  const { controller, ...owner } = ownerOf(set);
  return owners.some((one) => one["controller"] === true) ? owner : { ...owner, controller };
}

function subjectOf({ namespace, name, uid }: StoredSet) {
  const { statefulSets } = resources;
  return { apiVersion: apiVersionOf(statefulSets), kind: statefulSets.kind, namespace, name, uid };
}
