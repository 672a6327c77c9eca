import * as z from "zod";
import { AppError } from "#src/core/errors.ts";
import { type KubeObject, parseKubeObject } from "./kube-object.ts";

/** One answer to a list request. */
export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** It is empty on the last page. */
  readonly continueToken: string;
  /** True when the list was begun again; then this page holds all of it. */
  readonly restarted: boolean;
}

const listBody = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().default(""), continue: z.string().default("") }),
  items: z.array(z.unknown()).nullish(),
});

/** Checks a decoded list. Throws `ProtocolError`. */
export function parseList(raw: unknown): ListPage {
  const parsed = listBody.safeParse(raw);
  if (!parsed.success) throw new AppError("ProtocolError", "the API server sent no list", { cause: parsed.error });
  const { metadata, items } = parsed.data;
  return {
    items: (items ?? []).map(parseKubeObject),
    resourceVersion: metadata.resourceVersion,
    continueToken: metadata.continue,
    restarted: false,
  };
}
