import { useState } from "preact/hooks";
import { type PageAnswer, ask } from "./ask.ts";
import { useTurns } from "./use-turns.ts";

/**
 * Asks the server for `path`, and again whenever `fresh` is another value. While it asks again, the old answer to the same path
 * stays.
 */
export function useAnswer<T>(path: string | undefined, fresh: unknown): PageAnswer<T> {
  const [held, hold] = useState<{ readonly path: string | undefined; readonly answer: PageAnswer<T> }>({
    path,
    answer: { kind: "waits" },
  });
  useTurns(path, fresh, async (signal) => {
    if (path === undefined) return;
    const answer = await ask<T>(path, signal);
    if (!signal.aborted) hold({ path, answer });
  });
  return held.path === path ? held.answer : { kind: "waits" };
}
