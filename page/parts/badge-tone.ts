/** The look of a word: as nothing to worry about, a fault, something to look at, or nothing of these. */
export type BadgeTone = "good" | "bad" | "warn" | "calm";
