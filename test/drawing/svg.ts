/** The size and the letters of a drawing. */
export interface SvgFrame {
  readonly width: number;
  readonly height: number;
  readonly font: { readonly family: "sans-serif" | "monospace"; readonly size: number };
  /** The line above the drawing, and where it begins. */
  readonly title: { readonly text: string; readonly x: number; readonly size: number };
}

/** Gives an SVG of these elements on white, with a title. */
export function printSvg({ width, height, font, title }: SvgFrame, elements: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${font.family}" font-size="${font.size}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${title.x}" y="16" font-size="${title.size}">${svgText(title.text)}</text>`,
    ...elements,
    "</svg>\n",
  ].join("\n");
}

/** Gives the markup of a text. */
export function svgText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
