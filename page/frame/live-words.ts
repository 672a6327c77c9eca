import type { BadgeTone } from "../parts/badge-tone.ts";
import type { LiveState } from "../live/live-connection.ts";

/** Gives what the page says about its connection: one word, a sentence, and how it looks. */
export function wordsOfLive(state: LiveState): {
  readonly word: string;
  readonly says: string;
  readonly tone: BadgeTone;
} {
  switch (state.kind) {
    case "connecting":
      return { word: "Connecting", says: "The first answer of the server is awaited.", tone: "calm" };
    case "live":
      return { word: "Live", says: "What you see is kept up to date.", tone: "good" };
    case "stale":
      return { word: "Not up to date", says: state.why, tone: "warn" };
    case "lost":
      return {
        word: "Reconnecting",
        says: `The server cannot be reached since ${state.tries === 1 ? "a moment" : `${state.tries} tries`}. What you see is old.`,
        tone: "bad",
      };
    case "refused":
      return { word: "Ended", says: state.why, tone: "bad" };
  }
}
