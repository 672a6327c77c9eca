// This is about the words that the controller has written into a Service, and how they are taken out again when the Service is not ours any more.
import { serviceKeys } from "#src/api/annotation-keys.ts";
import { isOurs, uplinkClass } from "#src/api/service/service-config.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { Logger } from "#src/core/logger.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { ObjectName, ResourceApi } from "#src/kube/client/resource-api.ts";
import { hasAddress, outsideCondition, projectService, serviceCondition } from "./service-object.ts";

/**
 * The strategic merge patch that takes our word out of a Service; undefined where there is none. The annotation goes when we said
 * that the Service has these addresses. Otherwise it is the wish of its user.
 */
export function tracesRemoval(raw: KubeObject): object | undefined {
  const { told, toldOutside, addressText, ingress } = projectService(raw);
  if (told === undefined && toldOutside === undefined) return undefined;
  const conditions = [
    ...(told === undefined ? [] : [serviceCondition]),
    ...(toldOutside === undefined ? [] : [outsideCondition]),
  ].map((type) => ({ type, $patch: "delete" }));
  const isGiven = addressText !== undefined && hasAddress(told);
  const spec = raw["spec"] as { readonly loadBalancerClass?: unknown } | undefined;
  // Somebody else writes the addresses of another class.
  const isOutsideOurs =
    toldOutside !== undefined && [undefined, null, "", uplinkClass].includes(spec?.loadBalancerClass as string);
  return {
    metadata: { uid: raw.metadata.uid, ...(isGiven ? { annotations: { [serviceKeys.serviceIps.key]: null } } : {}) },
    status: { conditions, ...(isOutsideOurs && ingress.length > 0 ? { loadBalancer: { ingress: [] } } : {}) },
  };
}

/** Takes our word out of the Service. False where there is none. */
export async function removeTraces(
  api: Pick<ResourceApi, "patchIfThere">,
  raw: KubeObject,
  options: CallOptions,
): Promise<boolean> {
  const body = tracesRemoval(raw);
  if (body === undefined) return false;
  const { namespace, name } = raw.metadata;
  return api.patchIfThere({ namespace, name }, "strategic", body, { ...options, subresource: "status" });
}

/** The key, in place of a UID, of all that lost the label while nobody watched. */
export const allFormer = "all that were ours";

export interface FormerServicesOptions {
  readonly api: Pick<ResourceApi, "pages" | "patchIfThere">;
  readonly logger: Logger;
}

/** The Services that have lost our label. The informer sees them go, as if they were deleted. */
export class FormerServices {
  readonly #options: FormerServicesOptions;
  /** The names of those that may have lost it, by UID. */
  readonly #gone = new Map<string, ObjectName>();

  constructor(options: FormerServicesOptions) {
    this.#options = options;
  }

  gone(uid: string, { namespace, name }: ObjectName): void {
    this.#gone.set(uid, { namespace, name });
  }

  /** Clears a Service that the informer has seen go, if it is still there, or all of them with the key `allFormer`. */
  async clear(uid: string, options: CallOptions): Promise<void> {
    if (uid === allFormer) return this.#clearFound({}, options);
    const target = this.#gone.get(uid);
    if (target === undefined) return;
    const { namespace, name } = target;
    await this.#clearFound({ namespace, fieldSelector: `metadata.name=${name}` }, options);
    this.#gone.delete(uid);
  }

  async #clearFound(selection: Parameters<ResourceApi["pages"]>[0], options: CallOptions): Promise<void> {
    const { api, logger } = this.#options;
    for await (const { items } of api.pages(selection, options)) {
      for (const raw of items) {
        if (isOurs(raw.metadata) || !(await removeTraces(api, raw, options))) continue;
        const { namespace, name } = raw.metadata;
        logger.info({ namespace, service: name }, "service is not ours any more, and was cleared");
      }
    }
  }
}
