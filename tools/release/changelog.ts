// Reads a changelog in the format of Keep a Changelog 1.1.0.

const heading = /^## \[([^\]]+)\](?: - (\S+))?$/gm;

const unreleased = /^## \[Unreleased\]$(.*?)(?=^## \[|(?![\s\S]))/ms;

/** A version of the changelog, newest first, without the section of what is not released. */
export interface ReleasedSection {
  readonly version: string;
  /** Undefined where the heading names no day. */
  readonly day: string | undefined;
  readonly text: string;
}

export function releasedSections(changelog: string): readonly ReleasedSection[] {
  const found = [...changelog.matchAll(heading)];
  return found.flatMap((match, index) => {
    const [line, version = "", day] = match;
    if (version === "Unreleased") return [];
    const text = changelog.slice(match.index + line.length, found[index + 1]?.index).trim();
    return [{ version, day, text }];
  });
}

/**
 * Why a version cannot be released while the changelog has something that is in no version. It would be in the release, and the notes of
 * the release would not tell of it.
 */
export function unreleasedProblems(version: string, changelog: string): string[] {
  const text = unreleased.exec(changelog)?.[1] ?? "";
  const entries = text.split("\n").filter((line) => line.startsWith("- "));
  if (text.trim() === "") return [];
  const cure = `move them to a section "## [${version}] - YYYY-MM-DD" below it, and raise the version if it was released before`;
  return [`the section Unreleased of CHANGELOG.md has ${String(entries.length)} entries: ${cure}`];
}

/**
 * Why a version cannot be released with these files, one sentence for each reason. The changelog must tell of it first, and
 * what has a version of its own must have the same.
 */
export function versionProblems(version: string, changelog: string, versions: ReadonlyMap<string, string>): string[] {
  const [newest] = releasedSections(changelog);
  return [
    ...(newest?.version === version
      ? []
      : [`CHANGELOG.md begins with ${newest?.version ?? "nothing"}: write a section "## [${version}] - YYYY-MM-DD"`]),
    ...(newest !== undefined && !/^\d{4}-\d\d-\d\d$/.test(newest.day ?? "")
      ? [`the section of ${newest.version} in CHANGELOG.md has no day: write "## [${newest.version}] - YYYY-MM-DD"`]
      : []),
    ...(newest?.text === "" ? [`the section of ${newest.version} in CHANGELOG.md says nothing`] : []),
    ...[...versions]
      .filter(([, other]) => other !== version)
      .map(([place, other]) => `${place} has the version ${other}: make it ${version}`),
  ];
}
