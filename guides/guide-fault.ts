/** Something is wrong with a guide, or did not happen as its page says. The message begins with page and line. */
export class GuideFault extends Error {
  /** Path of the page from the checkout. */
  readonly page: string;
  /** Counted from 1. */
  readonly line: number;

  constructor(page: string, line: number, what: string) {
    super(`${page}:${line}: ${what}`);
    this.page = page;
    this.line = line;
  }
}
