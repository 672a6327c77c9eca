import * as z from "zod";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

const managersSchema = z
  .array(
    z.looseObject({
      time: z.string().nullish(),
      fieldsV1: z
        .looseObject({
          "f:metadata": z.looseObject({ "f:annotations": z.record(z.string(), z.unknown()).nullish() }).nullish(),
        })
        .nullish(),
    }),
  )
  .catch([]);

/** The time, to the second, at which whoever wrote an annotation last wrote to the object (`metadata.managedFields`). */
export function annotationWrittenAt(object: KubeObject, annotation: string): string | undefined {
  const managers = managersSchema.parse(object.metadata["managedFields"] ?? []);
  const owners = managers.filter(
    ({ fieldsV1 }) => `f:${annotation}` in (fieldsV1?.["f:metadata"]?.["f:annotations"] ?? {}),
  );
  return owners
    .flatMap(({ time }) => time ?? [])
    .sort()
    .at(-1);
}
