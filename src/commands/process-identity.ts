import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** The names under which a process is seen by others. */
export interface ProcessIdentity {
  /** The name of the host, or the one that a flag gives. A restarted process has it again. Events show it. */
  readonly instance: string;
  /** No process before or after has this name, so that a restarted one cannot pass for the former in a Lease or a fence. */
  readonly unique: string;
}

/** Makes the names of this process; `role` tells apart what one process does under several names. */
export function processIdentity({
  instance = hostname(),
  role,
}: {
  instance?: string | undefined;
  role?: string;
} = {}): ProcessIdentity {
  const name = role === undefined ? instance : `${role}-${instance}`;
  return { instance, unique: `${name}-${randomBytes(4).toString("hex")}` };
}
