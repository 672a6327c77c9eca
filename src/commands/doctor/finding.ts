import type { Unread } from "./read.ts";

/** The state of one thing. It is `unknown` when it could not be read, which is neither good nor bad. */
export type Health = "ok" | "warning" | "failed" | "unknown";

/** One line of the report. */
export interface DoctorFinding {
  readonly check: string;
  readonly health: Health;
  /** The state that was found, or the fault and the part that has it. */
  readonly says: string;
  /** The cure; empty when there is nothing to do. */
  readonly cure: string;
  /** The text of files to write, where the cure asks for them. */
  readonly example?: string;
}

export function ok(check: string, says: string): DoctorFinding {
  return { check, health: "ok", says, cure: "" };
}

export function warning(check: string, says: string, cure: string): DoctorFinding {
  return { check, health: "warning", says, cure };
}

export function failed(check: string, says: string, cure: string): DoctorFinding {
  return { check, health: "failed", says, cure };
}

/** A finding about something that could not be read. */
export function unknown(check: string, unread: Unread): DoctorFinding {
  const { why: says, cure = "run doctor where this can be read, as a user with the right to read it" } = unread;
  return { check, health: "unknown", says, cure };
}
