// Turns what the inspecting subcommands read into the objects that the page shows.
import type { ViewItem } from "#src/view/contract/view-item.ts";

export type Readiness = Pick<ViewItem, "ready" | "reason" | "message">;

/** Reads the words of the inspecting subcommands: `True`, `Unknown`, or the reason why not, and a sentence that may be empty. */
export function readinessOf(word: string, sentence: string): Readiness {
  const message = sentence === "" ? {} : { message: sentence };
  if (word === "True") return { ready: "yes", ...message };
  if (word === "Unknown") return { ready: "unknown", ...message };
  return { ready: "no", reason: word, ...message };
}

/** The key of an object: `kind/name`, or `kind/namespace/name`. */
export function viewKey(kind: ViewItem["kind"], ...names: readonly string[]): string {
  return [kind, ...names].join("/");
}

/** The key of an object in no namespace; undefined without its name. */
export function viewKeyIf(kind: ViewItem["kind"], name: string | undefined): string | undefined {
  return name === undefined || name === "" ? undefined : viewKey(kind, name);
}

/** Leaves a field out that has no value, since the page is told only what is there. */
export function given<K extends string, V>(name: K, value: V | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V };
}
