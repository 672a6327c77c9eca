import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** The names under which others see a process. */
export interface ProcessIdentity {
  /** The name of the host, or the one that a flag gives. A restarted process has it again. Events show it. */
  readonly instance: string;
  /** No other process ever has this name, so that a restarted one is not taken for the former in a Lease or a fence. */
  readonly unique: string;
}

/** Makes the names of this process. `role` goes before the name when a process needs another one for a part of its work. */
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
