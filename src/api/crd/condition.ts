import * as z from "zod";

/** A condition of an object's status, as all kinds of Kubernetes have them. `types` describes those of the kind. */
export function conditionSchemaOf(types: string) {
  return z.object({
    type: z.string().meta({ description: types }),
    status: z.enum(["True", "False", "Unknown"]).meta({ description: "Whether the condition holds." }),
    reason: z.string().meta({ description: "The reason in one word." }),
    message: z.string().meta({ description: "The reason in a sentence." }),
    lastTransitionTime: z.string().meta({ format: "date-time", description: "The time of the last change of status." }),
    observedGeneration: z.int().optional().meta({ description: "The generation of the object that was looked at." }),
  });
}
