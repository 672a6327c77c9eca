import type { StoredKeys } from "#src/tokens/key-store.ts";

/** A key as people see it. It is `missing` when pods carry it and nobody can verify it. */
export interface KeyLine {
  readonly kid: string;
  readonly state: "signing" | "next" | "verifying" | "missing";
  /** In ISO 8601; undefined when it is not known, or the private key is gone. */
  readonly created: string | undefined;
  /** `namespace/name` of the pods whose token it signed. */
  readonly pods: readonly string[];
}

const order = ["signing", "next", "verifying", "missing"] as const;

/** Every key that is stored, published or carried by a pod. The key that signs comes first. */
export function keyLines(
  { ring, published }: StoredKeys,
  carried: ReadonlyMap<string, readonly string[]>,
): readonly KeyLine[] {
  const kids = new Set([...(ring?.keys.keys() ?? []), ...published.keys(), ...carried.keys()]);
  const lines = [...kids].map((kid): KeyLine => {
    const createdAtMs = ring?.keys.get(kid)?.createdAtMs;
    return {
      kid,
      state: stateOf(kid),
      created: createdAtMs === undefined ? undefined : new Date(createdAtMs).toISOString(),
      pods: carried.get(kid) ?? [],
    };
  });
  return lines.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));

  function stateOf(kid: string): KeyLine["state"] {
    if (kid === ring?.signing) return "signing";
    if (ring?.keys.has(kid) === true) return "next";
    return published.has(kid) ? "verifying" : "missing";
  }
}
