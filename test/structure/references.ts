// Finds the references of comments and documents to files, folders, sections and decisions, and those that lead nowhere.

/** The things to which a reference may lead. Tests of the check hand in their own. */
export interface Repository {
  /** The top-level folders. A path that begins with another word is not ours. */
  readonly folders: readonly string[];
  /** True when a file matches. `pattern` is a path from the root and may contain `*`. */
  has(pattern: string): boolean;
  /** True when some file, wherever it is, has this name. */
  hasName(name: string): boolean;
  /** The text of a document. */
  read(path: string): string;
}

/** Every reference in `text` that leads nowhere, with the reason. `text` is comments, or a document. */
export function danglingReferences(text: string, repository: Repository): readonly string[] {
  const folders = repository.folders.join("|");
  const path = new RegExp(String.raw`(?<![\w/.-])(?:${folders})/[\w./*-]*[\w*](?:#[\w-]+)?`, "g");
  return [
    ...matches(text, path).flatMap((reference) => whyPathDangles(reference, repository)),
    ...matches(text, /\bADR \d+/g)
      .filter((reference) => !repository.has(`docs/adr/${reference.slice("ADR ".length).padStart(4, "0")}-*.md`))
      .map((reference) => `${reference}: there is no such decision in docs/adr`),
    ...matches(text, /(?<![\w/.*-])[\w-]+(?:\.test)?\.(?:md|mjs|ts|yaml)\b/g)
      .filter((name) => !name.startsWith("NNNN") && !repository.hasName(name))
      .map((name) => `${name}: no file has this name`),
    ...matches(text, /\bDESIGN\b.{0,8}/g).map((words) => `${words}: name a page of docs/design and its section`),
  ];
}

/** Every link of a document to another document, or to a section, that leads nowhere. */
export function deadLinks(document: string, text: string, repository: Repository): readonly string[] {
  const words = withoutBlocks(text).replace(/`[^`]*`/g, "");
  // The site makes a link of an address of the reader's own machine, and takes it for dead.
  const local = matches(words, /https?:\/\/(?:localhost|127\.0\.0\.1)\b\S*/g).map((url) => `${url}: write it as code`);
  const inside = matches(withoutBlocks(text), /(?<=\]\()(?!https?:)[^)\s]+/g).flatMap((link) => {
    const [target = "", anchor] = link.split("#");
    const path = target === "" ? document : new URL(target, `file:///${document}`).pathname.slice(1);
    return whyPathDangles(anchor === undefined ? path : `${path}#${anchor}`, repository);
  });
  return [...local, ...inside];
}

/** A document without its fenced blocks, which are code of others, or output. */
export function withoutBlocks(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, "");
}

/** A document with the words of its links and without their targets, which lead from its own folder: `deadLinks` follows them. */
export function withoutLinks(text: string): string {
  return text.replace(/\]\([^)\s]*\)/g, "]");
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([match]) => match);
}

function whyPathDangles(reference: string, repository: Repository): readonly string[] {
  const [path = "", anchor] = reference.split("#");
  // `docs/adr/NNNN-*.md` is a form, and `docs/adr/0002` is the beginning of a name.
  if (path.includes("NNNN")) return [];
  const pattern = /^docs\/adr\/\d{4}$/.test(path) ? `${path}-*.md` : path;
  if (!repository.has(pattern)) return [`${reference}: there is no ${path}`];
  if (anchor === undefined || anchorsOf(repository.read(path)).has(anchor)) return [];
  return [`${reference}: ${path} has no such section`];
}

/** The anchors of the headings of a document, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of matches(withoutBlocks(text), /(?<=^#{1,6} ).+$/gm)) {
    const words = heading.replace(/\]\([^)]*\)/g, "").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}_\s-]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${anchor}-${n.toString()}`;
    anchors.add(unique);
  }
  return anchors;
}
