// Finds the comments of sources in each language, and those that do not open as a sentence.
import ts from "typescript";

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The comments of a source, one after the other. The name of the file tells the language. */
export function commentsOf(path: string, text: string): string {
  return spansOf(path, text)
    .map(({ begin, end }) => text.slice(begin, end))
    .join("\n");
}

/** The text of each comment without its marks, on one line. Line comments that follow each other are one comment. */
export function commentTexts(path: string, text: string): readonly string[] {
  const comments: { begin: number; end: number }[] = [];
  for (const span of spansOf(path, text)) {
    const last = comments.at(-1);
    const isLine = /^(?:\/\/|#)/.test(text.slice(span.begin));
    if (last !== undefined && isLine && /^\n[ \t]*$/.test(text.slice(last.end, span.begin))) last.end = span.end;
    else comments.push({ ...span });
  }
  return comments.map(({ begin, end }) =>
    text
      .slice(begin, end)
      .replace(/^\s*(?:\/\*+|\*+\/|\*(?!\*)|\/\/|#)|\*\/$/gm, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
}

/** Words that begin a clause which is only a part of a sentence. */
const clauseOpening = /^(?:What|How|Who|Whom|Whose|Those|That which)\b/;
/** Prepositions and conjunctions that may open a sentence when a main clause with a subject follows the comma. */
const phraseOpening = /^(?:As|Of|Beside)\b/;
const mainClause =
  /^[^.;:]*?, (?:the|an?|it|its|this|these|each|every|no|only|we|our|one|all|both|they|there|most|`|[A-Z]\w|\w+s\b)/;

/** True when a sentence of the comment opens as a fragment: it has no subject, or it is a riddle until its last word. */
export function opensAsFragment(comment: string): boolean {
  return comment.split(/(?<=[.!?]\)?) (?=[A-Z])/).some((sentence) => {
    if (clauseOpening.test(sentence)) return !sentence.endsWith("?");
    return phraseOpening.test(sentence) && !mainClause.test(sentence);
  });
}

function spansOf(path: string, text: string): readonly Span[] {
  if (/\.(?:tsx?|js|mjs)$/.test(path)) return scriptSpans(path, text);
  const pattern = /\.[ch]$/.test(path)
    ? /"(?:\\.|[^"\\\n])*"|(?<comment>\/\*[\s\S]*?\*\/|\/\/.*)/g
    : /(?<=^|\s)(?<comment>#\s.*)$/gm;
  return [...text.matchAll(pattern)].flatMap(({ index, groups }) => {
    const comment = groups?.["comment"];
    return comment === undefined ? [] : [{ begin: index, end: index + comment.length }];
  });
}

function scriptSpans(path: string, text: string): readonly Span[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const spans = new Map<number, Span>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(source);
    for (const child of children) visit(child);
    if (children.length > 0) return;
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    for (const { pos, end } of ranges) spans.set(pos, { begin: pos, end });
  };
  visit(source);
  return [...spans.values()].sort((a, b) => a.begin - b.begin);
}
