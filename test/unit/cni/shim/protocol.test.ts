import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cniVersions, newestVersion } from "#cni/contract/commands.ts";
import { podAnnotationsCapability } from "#cni/contract/network-config.ts";
import { shimProtocol } from "#cni/contract/shim-protocol.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";

const header = readFileSync(new URL("../../../../cni/shim/protocol.h", import.meta.url), "utf8");

/** The value of a C string or number literal in protocol.h. */
function defined(name: string): unknown {
  const line = new RegExp(`^#define ${name} (.+)$`, "m").exec(header);
  assert.ok(line?.[1] !== undefined, `protocol.h defines ${name}`);
  return JSON.parse(line[1]);
}

test("the shim and the agent mean the same versions, keys and limits", () => {
  assert.deepEqual(JSON.parse(`[${String(defined("SUPPORTED_VERSIONS"))}]`), cniVersions);
  assert.equal(defined("NEWEST_VERSION"), newestVersion);
  assert.equal(defined("WIRE_MAGIC"), shimProtocol.magic);
  assert.equal(defined("MAX_ENVIRONMENT"), shimProtocol.maxEnvironmentBytes);
  assert.equal(defined("MAX_CONF"), shimProtocol.maxConfigBytes);
  assert.equal(defined("MAX_ANSWER"), shimProtocol.maxAnswerBytes);
  assert.equal(defined("RESULT_ANNOTATION"), annotationKeys.result.key);
  assert.equal(defined("ANNOTATIONS_CAPABILITY"), podAnnotationsCapability);
});
