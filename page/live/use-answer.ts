import { useEffect, useState } from "preact/hooks";
import { type PageAnswer, ask } from "./ask.ts";

/**
 * Asks the server for `path`, and again whenever `fresh` is another value. While it asks again, the old answer to the same path
 * stays.
 */
export function useAnswer<T>(path: string | undefined, fresh: unknown): PageAnswer<T> {
  const [held, hold] = useState<{ readonly path: string | undefined; readonly answer: PageAnswer<T> }>({
    path,
    answer: { kind: "waits" },
  });
  useEffect(() => {
    if (path === undefined) return undefined;
    const controller = new AbortController();
    void ask<T>(path, controller.signal).then((answer) => {
      if (!controller.signal.aborted) hold({ path, answer });
    });
    return () => controller.abort();
  }, [path, fresh]);
  return held.path === path ? held.answer : { kind: "waits" };
}
