import { refusal } from "#src/core/errors.ts";

/** The pool that an interface names. */
export interface PoolReference {
  readonly field: string;
  readonly name: string;
}

const pattern = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Reads the name of a pool. Throws `Malformed` for a text that names none. */
export function parsePoolReference(name: string, field: string): PoolReference {
  if (pattern.test(name)) return { field, name };
  throw refusal("Malformed", {
    field,
    value: name,
    reason: "is not the name of a pool: at most 63 lower-case letters, digits and dashes, the first and last no dash",
    remedy: "write the name of a pool of the network; `ovn4nfv networks` lists them",
  });
}
