/** How one thing is: `unknown` where it could not be looked at, which says by itself neither good nor bad. */
export type Health = "ok" | "warning" | "failed" | "unknown";

/** One line of the report. */
export interface DoctorFinding {
  readonly check: string;
  readonly health: Health;
  /** What is, or what is wrong and with which part. */
  readonly says: string;
  /** What to do; empty when there is nothing to do. */
  readonly cure: string;
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

/** For a thing that could not be looked at. */
export function unknown(check: string, why: string): DoctorFinding {
  return { check, health: "unknown", says: why, cure: "run doctor where it can be read, as a user who may" };
}
