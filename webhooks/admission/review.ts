import * as z from "zod";
import { isJsonObject, type JsonObject } from "#src/api/text/json-value.ts";

/** We register for this version only, and answer in it. */
export const reviewApiVersion = "admission.k8s.io/v1";
export const reviewKind = "AdmissionReview";

const text = z.string().nullish();
/** The object is passed on as it was parsed: it is neither copied nor checked here. */
const rawObject = z.custom<JsonObject>(isJsonObject, "must be an object").nullish();

/** Nobody looks at other parts of an object. They are let go with the text of the review. */
function keptParts({ metadata, spec, status }: JsonObject): JsonObject {
  return {
    ...(metadata === undefined ? {} : { metadata }),
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

/** It has no transforms, because zod cannot compile them: with them, reading a review took twice as long. */
const requestSchema = z.object({
  uid: z.string().min(1).max(128),
  kind: z.object({ group: text, version: z.string(), kind: z.string() }),
  resource: z.object({ group: text, version: z.string(), resource: z.string() }),
  subResource: text,
  name: text,
  namespace: text,
  operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
  userInfo: z.object({ username: text, uid: text }).nullish(),
  object: rawObject,
  oldObject: rawObject,
  dryRun: z.boolean().nullish(),
  options: rawObject,
});

const reviewSchema = z.object({
  apiVersion: z.literal(reviewApiVersion),
  kind: z.literal(reviewKind),
  request: requestSchema,
});

/**
 * The request of an AdmissionReview (k8s.io/api/admission/v1 AdmissionRequest). Absent texts are "", absent lists are
 * empty, absent objects undefined; unknown fields are dropped. Of the objects there are `metadata`, `spec` and `status`. On
 * CREATE the name may be "" (generateName).
 */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource: string;
  readonly name: string;
  readonly namespace: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly userInfo: { readonly username: string; readonly uid: string };
  readonly object: JsonObject | undefined;
  readonly oldObject: JsonObject | undefined;
  readonly dryRun: boolean;
  readonly options: JsonObject | undefined;
}

export type ParsedReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads the text of an AdmissionReview. A `problem` names the first field that is wrong, and never its value. Of the
 * objects only the metadata, spec and status are kept, and of these what `view` gives.
 */
export function parseReview(body: string, view: (object: JsonObject) => JsonObject = (object) => object): ParsedReview {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, problem: "the body is not JSON" };
  }
  const parsed = reviewSchema.safeParse(json);
  if (parsed.success) return { ok: true, request: requestOf(parsed.data.request, view) };
  const [issue] = parsed.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? "the review" : issue.path.join(".");
  return { ok: false, problem: `${path}: ${issue?.message ?? "is wrong"}` };
}

function requestOf(sent: z.output<typeof requestSchema>, view: (object: JsonObject) => JsonObject): AdmissionRequest {
  const { kind, resource, userInfo } = sent;
  return {
    uid: sent.uid,
    kind: { ...kind, group: kind.group ?? "" },
    resource: { ...resource, group: resource.group ?? "" },
    subResource: sent.subResource ?? "",
    name: sent.name ?? "",
    namespace: sent.namespace ?? "",
    operation: sent.operation,
    userInfo: { username: userInfo?.username ?? "", uid: userInfo?.uid ?? "" },
    object: sent.object ? view(keptParts(sent.object)) : undefined,
    oldObject: sent.oldObject ? view(keptParts(sent.oldObject)) : undefined,
    dryRun: sent.dryRun ?? false,
    options: sent.options ?? undefined,
  };
}
