import { decodeTime } from "ulid";

/** The time at which an allocation was planned, in ms since 1970: its id, a ULID, begins with it. Undefined for other ids. */
export function allocationTimeMs(id: string): number | undefined {
  try {
    return decodeTime(id);
  } catch {
    return undefined;
  }
}
