import assert from "node:assert/strict";
import { it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { ChangePatch } from "#src/pods/plug/change-patch.ts";
import { readStoredResult } from "#src/pods/plug/stored-result.ts";
import { interfaceResult, resultAnnotation } from "#test/fixtures/pods/interface-result.ts";

const { multusNetworks, result, token, covered } = annotationKeys;

function patchOf(networks: string | undefined, { isLeaving = false } = {}) {
  const annotations: Record<string, string> = {
    ...resultAnnotation(interfaceResult()),
    [token.key]: "old",
    ...(networks === undefined ? {} : { [multusNetworks.key]: networks }),
  };
  const object = { metadata: { name: "web", annotations } };
  const pod = readPod(object);
  const text = annotations[result.key] ?? "";
  const interfaces = readStoredResult(text);
  const signed = { allocation: "01A", namespace: "default", name: "web", generateName: "", result: text, revision: 4 };
  const signer = { sign: ({ revision = 0 }) => `revision ${revision}` };
  const leaving = isLeaving ? interfaces : [];
  const input = { object, pod, stored: pod, signed, interfaces, leaving, staying: [], signer };
  return new ChangePatch(input);
}

const pathOf = (key: string): string => `/metadata/annotations/${key.replaceAll("/", "~1")}`;

it("a change that is none of ours gets a copy of the annotation, and its result stays", () => {
  assert.deepEqual(patchOf("[ ]").unchanged(), [{ op: "add", path: pathOf(covered.key), value: "[ ]" }]);
  assert.deepEqual(patchOf(undefined).unchanged(), [{ op: "add", path: pathOf(covered.key), value: "" }]);
});

it("a changed result is signed with the next revision", () => {
  const patch = patchOf("[]", { isLeaving: true }).of([], undefined);
  assert.deepEqual(
    patch.map(({ path }) => path),
    [result.key, token.key, covered.key].map(pathOf),
  );
  assert.match(JSON.stringify(patch), /"revision 5"/);
  assert.match(JSON.stringify(patch[0]), /leaving/);
});
