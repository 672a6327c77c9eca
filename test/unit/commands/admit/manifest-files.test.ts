import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readManifests } from "#src/commands/admit/manifest-files.ts";

const read = (text: string) => readManifests(["-"], Readable.from([text]));

test("documents, lists and JSON give their objects in order; empty documents are passed over", async () => {
  const text = `---\nkind: Pod\n---\n# nothing\n---\nkind: List\nitems:\n  - {kind: Job}\n  - {kind: Service}\n---\n{"kind": "Deployment"}\n`;
  assert.deepEqual(
    (await read(text)).map(({ file, kind }) => `${file}: ${kind}`),
    ["standard input: Pod", "standard input: Job", "standard input: Service", "standard input: Deployment"],
  );
});

test("several files are read one after the other, each named in its manifests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ovn4nfv-manifests-"));
  try {
    const paths = ["a.yaml", "b.json"].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, `{"kind": "Pod"}`);
    const found = await readManifests([...paths, "-"], Readable.from(["kind: Job"]));
    assert.deepEqual(
      found.map(({ file }) => file),
      [...paths, "standard input"],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is no manifest is refused with file and place", async () => {
  await assert.rejects(read("kind: Pod\n  bad: [\n"), {
    code: "ConfigInvalid",
    message: /^standard input: .* at line 1, column 7/,
  });
  await assert.rejects(read("- a\n"), {
    code: "ConfigInvalid",
    message: /^standard input: a document is no Kubernetes/,
  });
  await assert.rejects(readManifests(["/nowhere.yaml"], Readable.from([])), {
    code: "ConfigInvalid",
    message: /^--filename \/nowhere\.yaml cannot be read/,
  });
});
