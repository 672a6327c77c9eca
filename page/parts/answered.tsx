import type { ComponentChildren, JSX } from "preact";
import type { PageAnswer } from "../live/ask.ts";

interface AnsweredProps<T> {
  readonly answer: PageAnswer<T>;
  /** The thing that is asked for, as `pod shop/web-0`. */
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}

/** Shows an answer of the server when it is there, and until then that it is awaited, or why it does not come. */
export function Answered<T>({ answer, what, children }: AnsweredProps<T>): JSX.Element {
  switch (answer.kind) {
    case "waits":
      return (
        <p class="muted" role="status">
          Asking for {what} …
        </p>
      );
    case "failed":
      return (
        <div class="notice notice-bad" role="alert">
          <strong>{answer.code}</strong> {answer.message}
        </div>
      );
    case "told":
      return <>{children(answer.value)}</>;
  }
}
