// Prints what `ovn4nfv admit` found: results on standard output, refusals and warnings on standard error.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { type InterfaceResult, parseResult } from "#src/api/result.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import type { AdmittedManifest } from "./manifest-admission.ts";
import { type OutputFormat, printValue, printYaml } from "../output/print-rows.ts";
import { plainStyle, type TextStyle } from "../output/text-style.ts";
import { type Column, printTable } from "../output/text-table.ts";
import { visibleText } from "../output/visible-text.ts";

interface Line {
  readonly pod: string;
  /** Undefined when the pod asks for nothing. */
  readonly result: InterfaceResult | undefined;
}

const example = "example ";

/** In a dry run other addresses may be chosen later, and the titles say so. */
const columns = (isDryRun: boolean): readonly Column<Line>[] => [
  { title: "pod", value: ({ pod }) => pod },
  { title: "interface", value: ({ result }) => result?.interface ?? "<none>" },
  { title: "network", value: ({ result }) => result?.network ?? "-" },
  { title: `${isDryRun ? example : ""}addresses`, value: ({ result }) => result?.ip_address.join(",") ?? "-" },
  { title: `${isDryRun ? example : ""}mac`, value: ({ result }) => result?.mac_address ?? "-" },
  { title: "gateway", value: ({ result }) => (result === undefined ? "-" : printGateways(result)) },
];

const exampleComment = "# This was a dry run: addresses that the pods do not ask for are examples.\n";

/**
 * Prints the admitted pods: as a table with a line for each interface, or as whole objects. Several objects are a List in
 * JSON and documents in YAML.
 */
export function printAdmitted(
  format: OutputFormat,
  admitted: readonly AdmittedManifest[],
  isDryRun: boolean,
  style: TextStyle = plainStyle,
): string {
  const stored = admitted.flatMap(({ pod, stored: object }) => (object === undefined ? [] : [{ pod, object }]));
  if (stored.length === 0) return "";
  const objects = stored.map(({ object }) => object);
  switch (format) {
    case "table":
      return printTable(stored.flatMap(linesOf), columns(isDryRun), style);
    case "yaml":
      return (isDryRun ? exampleComment : "") + objects.map((object) => printYaml(object)).join("---\n");
    case "json":
      return printValue("json", objects.length === 1 ? objects[0] : listOf(objects));
  }
}

/** Prints the warnings of each pod, then its refusal, as kubectl does. */
export function printRemarks(admitted: readonly AdmittedManifest[]): string {
  return admitted
    .flatMap(({ pod, decision }) => [
      ...decision.warnings.map((warning) => `Warning: ${pod}: ${visibleText(warning)}\n`),
      ...(decision.kind === "refused" ? [`refused: ${pod}: ${visibleText(decision.error.message)}\n`] : []),
    ])
    .join("");
}

/** Prints lines about policies, which are neither warnings nor refusals. */
export function printPolicies(lines: readonly string[]): string {
  return lines.map((line) => `Policy: ${visibleText(line)}\n`).join("");
}

function linesOf({ pod, object }: { readonly pod: string; readonly object: JsonObject }): readonly Line[] {
  const annotation = readPod(object).metadata.annotations[annotationKeys.result.key];
  if (annotation === undefined) return [{ pod, result: undefined }];
  return parseResult(annotation).map((result) => ({ pod, result }));
}

function printGateways({ gateway_ip, defaultGateway }: InterfaceResult): string {
  const gateways = gateway_ip.join(",") || "-";
  return defaultGateway === "true" ? `${gateways} (default route)` : gateways;
}

function listOf(items: readonly JsonObject[]): JsonObject {
  return { apiVersion: "v1", kind: "List", items };
}
