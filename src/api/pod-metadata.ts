import { z } from "zod";
import { refusal } from "#src/core/errors.ts";

const textOrNothing = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

const podSchema = z.object({
  metadata: z.object({
    name: textOrNothing,
    generateName: textOrNothing,
    namespace: textOrNothing,
    uid: textOrNothing,
    resourceVersion: textOrNothing,
    creationTimestamp: textOrNothing,
    deletionTimestamp: textOrNothing,
    deletionGracePeriodSeconds: z
      .number()
      .nullish()
      .transform((value) => value ?? undefined),
    annotations: textMap,
    labels: textMap,
    finalizers: z
      .array(z.string())
      .nullish()
      .transform((value) => value ?? []),
  }),
  spec: z
    .object({
      hostNetwork: z
        .boolean()
        .nullish()
        .transform((value) => value ?? false),
      nodeName: textOrNothing,
      restartPolicy: textOrNothing,
    })
    .nullish()
    .transform((value) => value ?? { hostNetwork: false, nodeName: undefined, restartPolicy: undefined }),
  status: z
    .object({ phase: textOrNothing, reason: textOrNothing })
    .nullish()
    .transform((value) => value ?? { phase: undefined, reason: undefined }),
});

/**
 * The parts of a Pod that we read: absent, null and empty texts are `undefined`, absent maps and lists are empty. On CREATE
 * name, namespace and uid may be absent.
 */
export type PodMetadata = z.output<typeof podSchema>;

/** Reads a Pod as the API server sends it, whatever else is in it; throws `Malformed` for what is no Pod. */
export function readPod(object: unknown): PodMetadata {
  const result = podSchema.safeParse(object);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw refusal(
    "Malformed",
    {
      field: ["pod", ...(issue?.path ?? [])].map(String).join("."),
      value: undefined,
      reason: `is not what a Pod has there: ${issue?.message ?? "unknown"}`,
      remedy: "send a Pod of v1",
    },
    result.error,
  );
}
