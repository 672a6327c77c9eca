import * as z from "zod";
import { externalId } from "../external-ids.ts";

const schema = z.object({
  set: z.string().min(1),
  uid: z.string().min(1),
  network: z.string(),
  interface: z.string(),
  whenScaled: z.enum(["Retain", "Delete"]),
});

/** The facts from which the controller makes the IPAMClaim of a replica. Its name and namespace are those of the port's claim. */
export interface StickyMark {
  /** Name and UID of the StatefulSet. */
  readonly set: string;
  readonly uid: string;
  /** `spec.network` of the claim. */
  readonly network: string;
  readonly interface: string;
  readonly whenScaled: "Retain" | "Delete";
}

const key = externalId("sticky");

/** The mark as external_ids of a row. Equal marks give equal texts. */
export function stickyIds(mark: StickyMark): Readonly<Record<string, string>> {
  const { set, uid, network, interface: name, whenScaled } = mark;
  return { [key]: JSON.stringify({ set, uid, network, interface: name, whenScaled }) };
}

/** Reads the mark of a row. Undefined when there is none, or one that nobody of ours wrote. */
export function stickyMark(externalIds: ReadonlyMap<string, string>): StickyMark | undefined {
  const text = externalIds.get(key);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
