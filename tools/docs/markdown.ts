/** A generated page of docs/reference. */
export interface Page {
  readonly name: string;
  /** The file whose table it shows. */
  readonly source: string;
  readonly title: string;
  readonly body: () => string;
}

/** The text of a page. */
export function printPage({ source, title, body }: Page): string {
  const origin = `<!-- Generated from ${source} by \`npm run docs\`; do not edit. -->`;
  return `${origin}\n# ${title}\n\n${body().trimEnd()}\n`;
}

/** Prints text as code, with two backticks when the text has one itself. */
export function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Prints a table. Bars in cells are escaped, also inside code. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)].join("\n");
}
