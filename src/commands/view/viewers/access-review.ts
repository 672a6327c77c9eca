import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiVersionOf, type Resource, resourcePath, resources } from "#src/kube/client/resources.ts";
import type { KnownUser } from "./token-review.ts";

/** Something that a user may do, or not. Without a namespace it is in all namespaces. */
export interface AccessRight {
  readonly verb: "get" | "list";
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

const answerSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });

/** Asks the API server whether a user has a right. Throws what the API server answers. */
export async function reviewAccess(
  client: ApiClient,
  { username: user, uid, groups, extra }: KnownUser,
  { verb, resource, namespace, name }: AccessRight,
  call: CallOptions,
): Promise<boolean> {
  const { subjectAccessReviews: kind } = resources;
  const resourceAttributes = { verb, group: resource.group, resource: resource.plural, namespace, name };
  const spec = { resourceAttributes, user, uid, groups, extra };
  const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, spec };
  return answerSchema.parse(await client.request({ ...call, method: "POST", path: resourcePath(kind), body })).status
    .allowed;
}
