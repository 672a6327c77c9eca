/** The keywords of a structural schema of Kubernetes (apiextensions v1 JSONSchemaProps) that we use. */
const keywords = new Set([
  "type",
  "properties",
  "required",
  "items",
  "enum",
  "description",
  "format",
  "pattern",
  "minimum",
  "maximum",
  "maxItems",
  "maxLength",
  "minItems",
  "minLength",
  "default",
  "additionalProperties",
  "x-kubernetes-int-or-string",
  "x-kubernetes-validations",
]);

/** The keywords of a schema that Kubernetes does not know. */
export function unknownKeywords(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (!keywords.has(key)) return [key];
    if (key === "properties") return Object.values(value as object).flatMap(unknownKeywords);
    return key === "items" || key === "additionalProperties" ? unknownKeywords(value) : [];
  });
}

/** The paths of all fields without a description, but for those that every object has. */
export function undescribed(node: unknown, path = ""): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, items, additionalProperties } = node as Record<string, object | undefined>;
  const fields = Object.entries(properties).filter(
    ([key]) => path !== "" || !["apiVersion", "kind", "metadata"].includes(key),
  );
  return [
    ...fields.flatMap(([key, field]) => [
      ...("description" in (field as object) ? [] : [`${path}.${key}`]),
      ...undescribed(field, `${path}.${key}`),
    ]),
    ...undescribed(items, `${path}[]`),
    ...undescribed(additionalProperties, `${path}{}`),
  ];
}
