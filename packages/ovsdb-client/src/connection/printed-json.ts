/** A value that was printed before. Its text is sent as it is. */
export class PrintedJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The JSON of parameters, some of which may have been printed before. */
export function printParameters(params: readonly unknown[]): string {
  return `[${params.map((each) => (each instanceof PrintedJson ? each.text : JSON.stringify(each))).join(",")}]`;
}
