import * as z from "zod";
import type { CallOptions } from "#src/core/deadline.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { apiVersionOf, resourcePath, resources } from "#src/kube/client/resources.ts";

/** A user as the API server knows him. */
export interface KnownUser {
  readonly username: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const answerSchema = z.looseObject({
  status: z
    .looseObject({
      authenticated: z.boolean().nullish(),
      audiences: z.array(z.string()).nullish(),
      user: z
        .looseObject({
          username: z.string().nullish(),
          uid: z.string().nullish(),
          groups: z.array(z.string()).nullish(),
          extra: z.record(z.string(), z.array(z.string())).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/**
 * Asks the API server whose token it is. Undefined for a token that is not good, or not for this audience; an API server that does not know
 * audiences names none. Throws what the API server answers.
 */
export async function reviewToken(
  client: ApiClient,
  token: string,
  audience: string,
  call: CallOptions,
): Promise<KnownUser | undefined> {
  const { tokenReviews: kind } = resources;
  const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, spec: { token, audiences: [audience] } };
  const answer = await client.request({ ...call, method: "POST", path: resourcePath(kind), body });
  const { authenticated, audiences, user } = answerSchema.parse(answer).status ?? {};
  const isGood = authenticated === true && audiences?.includes(audience) === true;
  const { username, uid, groups, extra } = user ?? {};
  // A token that is not good has a user without a name.
  if (!isGood || !username) return undefined;
  return { username, uid: uid ?? undefined, groups: groups ?? [], extra: extra ?? {} };
}
