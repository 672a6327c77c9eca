import type * as z from "zod";
import { earlyRouteSchema } from "./early-routes.ts";
import { bandwidthSchema } from "./bandwidth.ts";
import { interfaceSchema } from "./interface-request.ts";
import { fieldHelp } from "../text/object-fields.ts";
import { frameSchema } from "./request.ts";
import { routeSchema } from "./route.ts";

interface FieldReference {
  readonly key: string;
  readonly required: boolean;
  readonly meaning: string;
}

interface ObjectReference {
  /** Says which object of the request this is. */
  readonly title: string;
  readonly fields: readonly FieldReference[];
}

/**
 * Every object of a request with its fields, from the schemas that read them. It fills docs/reference/annotations.md.
 */
export function requestReference(): readonly ObjectReference[] {
  return [
    { title: "`k8s.plugin.opnfv.org/nfn-network`", fields: fieldsOf(frameSchema) },
    { title: "An element of `interface`, or of the early `ovnNetwork`", fields: fieldsOf(interfaceSchema) },
    { title: "An element of `routes`", fields: fieldsOf(routeSchema) },
    { title: "`bandwidth`", fields: fieldsOf(bandwidthSchema) },
    { title: "An element of the early `ovnNetworkRoutes`", fields: fieldsOf(earlyRouteSchema) },
  ];
}

function fieldsOf(schema: z.ZodObject): readonly FieldReference[] {
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([key, field]) => ({
    key,
    required: !field.safeParse(undefined).success,
    meaning: fieldHelp.get(field)?.meaning ?? "",
  }));
}
