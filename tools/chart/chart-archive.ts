import { gzipSync } from "node:zlib";
import { parse } from "yaml";
import { writeTar } from "../image/tar.ts";

export interface ChartArchive {
  /** The chart's own name. */
  readonly name: string;
  /** `NAME-VERSION.tgz`, the form that Helm expects. */
  readonly fileName: string;
  readonly bytes: Buffer;
}

/** Packs the files of a chart, by their paths in it, for `helm install`. Equal files give equal bytes. */
export function packChart(files: ReadonlyMap<string, string>): ChartArchive {
  const { name, version } = parse(files.get("Chart.yaml") ?? "") as { readonly name: string; readonly version: string };
  const entries = [...files].map(([path, text]) => {
    return { kind: "file", path: `${name}/${path}`, content: Buffer.from(text) } as const;
  });
  return { name, fileName: `${name}-${version}.tgz`, bytes: gzipSync(writeTar(entries)) };
}
