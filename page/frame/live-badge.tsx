import type { JSX } from "preact";
import { useApp } from "../parts/app.ts";
import { Badge } from "../parts/badge.tsx";
import { wordsOfLive } from "./live-words.ts";

/** Whether what is shown is kept up to date. Screen readers hear of each change. */
export function LiveBadge(): JSX.Element {
  const { connection } = useApp();
  const { word, says, tone } = wordsOfLive(connection.state.value);
  return (
    <span class="live" role="status" title={says}>
      <Badge tone={tone}>{word}</Badge>
      {tone !== "good" && <span class="live-says">{says}</span>}
    </span>
  );
}
