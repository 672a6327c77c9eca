import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOfLive } from "#page/frame/live-words.ts";

test("each state of the connection has a word, and only a live one looks good", () => {
  const states = [
    { kind: "connecting" },
    { kind: "live" },
    { kind: "stale", why: "NB is away" },
    { kind: "lost", tries: 3 },
    { kind: "refused", why: "The session has ended." },
  ] as const;
  const words = states.map(wordsOfLive);
  assert.deepEqual(
    words.filter(({ tone }) => tone === "good").map(({ word }) => word),
    ["Live"],
  );
  assert.match(words[2]?.says ?? "", /NB is away/);
  assert.match(words[3]?.says ?? "", /3 tries\. What you see is old/);
  assert.match(words[4]?.says ?? "", /session/);
});
