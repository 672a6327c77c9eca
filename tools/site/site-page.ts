import { posix } from "node:path";

const link = /(?<!!)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;

/** The page as the site has it: links to files of the repository that are no pages of the site become plain text. */
export function preparePage(path: string, text: string, pages: ReadonlySet<string>): string {
  const parts = text.split(/(^```[\s\S]*?^```)/m);
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll(link, keepOrDrop))).join("");

  function keepOrDrop(whole: string, shown: string, target: string): string {
    if (/^(?:[a-z]+:|#)/.test(target)) return whole;
    const [file = "", anchor] = target.split("#");
    const found = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, "");
    const behind = anchor === undefined ? "" : `#${anchor}`;
    if (pages.has(found)) return `[${shown}](${file}${behind})`;
    // A folder is shown by its page.
    if (pages.has(`${found}/README.md`)) return `[${shown}](${file.replace(/\/?$/, "/README.md")}${behind})`;
    // A page that is missing stays a link, so that the build finds it dead.
    return found.endsWith(".md") && !found.startsWith("..") && isOfSite(found) ? whole : shown;
  }
}

function isOfSite(path: string): boolean {
  return path.startsWith("docs/") || !path.includes("/");
}

/** The first heading of a page, or its path. */
export function titleOf(text: string, path: string): string {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "") ?? path;
}
