import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { printError } from "#cni/contract/cni-error.ts";
import { type CniVersion, cniVersions } from "#cni/contract/commands.ts";
import { parseEnvironment } from "#cni/contract/environment.ts";
import { parseCniConfig } from "#cni/contract/network-config.ts";
import { parseCniResult, printCniResult } from "#cni/contract/result.ts";
import { podInterfaces } from "#cni/plumbing/pod-interface.ts";
import { sandboxResult } from "#cni/plumbing/sandbox-result.ts";
import { parseResult as parseAnnotation } from "#src/api/result.ts";
import { fromUnknown } from "#src/core/errors.ts";

/**
 * The input: a result to print, a pod's annotation to answer with a result, or a call to read. Each is tried at every
 * CNI version.
 */
const goldenInput = z.union([
  z.strictObject({ title: z.string(), result: z.unknown() }),
  z.strictObject({ title: z.string(), annotation: z.unknown() }),
  z.strictObject({
    title: z.string(),
    environment: z.record(z.string(), z.string()),
    /** A string is stdin as it is. An object gets `cniVersion` unless it has one. */
    config: z.union([z.string(), z.record(z.string(), z.unknown())]),
  }),
]);

function understand(environment: Record<string, string>, config: string | object, cniVersion: CniVersion): unknown {
  try {
    const call = parseEnvironment(new Map(Object.entries(environment)));
    const stdin = typeof config === "string" ? config : JSON.stringify({ cniVersion, ...config });
    const read = parseCniConfig(Buffer.from(stdin), call.command);
    const podAnnotations = read.podAnnotations && Object.fromEntries(read.podAnnotations);
    return JSON.parse(JSON.stringify({ call, config: { ...read, podAnnotations } }));
  } catch (caught) {
    return { error: JSON.parse(printError(fromUnknown(caught), cniVersion)) as unknown };
  }
}

function answer(annotation: unknown, version: CniVersion): string {
  const interfaces = podInterfaces("c1", parseAnnotation(JSON.stringify(annotation)), 1400);
  return printCniResult(sandboxResult(interfaces, "/run/netns/a"), version);
}

function outcome(input: z.infer<typeof goldenInput>, version: CniVersion): unknown {
  if ("annotation" in input) return JSON.parse(answer(input.annotation, version));
  if (!("result" in input)) return understand(input.environment, input.config, version);
  return JSON.parse(printCniResult(parseCniResult(input.result), version));
}

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const names = files.filter((file) => file.endsWith(".in.yaml")).map((file) => file.slice(0, -".in.yaml".length));
const readYaml = (file: string): unknown => parse(readFileSync(join(folder, file), "utf8"));

for (const name of names) {
  const input = goldenInput.parse(readYaml(`${name}.in.yaml`));
  test(input.title, () => {
    const actual = Object.fromEntries(cniVersions.map((version) => [version, outcome(input, version)]));
    const file = `${name}.out.yaml`;
    if (process.env.UPDATE_GOLDEN === "1")
      writeFileSync(join(folder, file), stringify(actual, { aliasDuplicateObjects: false }));
    assert.deepEqual(actual, readYaml(file));
  });
}

test("every golden file belongs to a pair", () => {
  assert.ok(names.length >= 15, `only ${names.length.toString()} cases were found`);
  const expected = names.flatMap((name) => [`${name}.in.yaml`, `${name}.out.yaml`]);
  assert.deepEqual(files.toSorted(), expected.toSorted());
});
