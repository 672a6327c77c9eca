import { externalId } from "../external-ids.ts";

/** The UID of the Network that a switch was made for, or that adopted it; undefined for a switch that somebody made. */
export function networkOf({
  external_ids,
}: {
  readonly external_ids: ReadonlyMap<string, string>;
}): string | undefined {
  const id = external_ids.get(externalId("row"));
  const made = id?.endsWith("/switch") === true ? id.slice(0, -"/switch".length) : undefined;
  return external_ids.get(externalId("adopted-by")) ?? made;
}
