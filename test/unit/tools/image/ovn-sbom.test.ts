import assert from "node:assert/strict";
import { test } from "node:test";
import { printOvnSbom } from "#tools/image/ovn-sbom.ts";
import { readPackageLock } from "#tools/image/package-lock.ts";

interface Document {
  readonly serialNumber: string;
  readonly components: readonly { readonly name: string; readonly purl: string; readonly hashes: readonly object[] }[];
  readonly dependencies: readonly { readonly dependsOn: readonly string[] }[];
}

test("the list of the image of OVN has each locked package with its digest", () => {
  const lock = readPackageLock();
  const { components, dependencies } = JSON.parse(printOvnSbom(lock)) as Document;
  assert.deepEqual(
    components.map(({ name, hashes }) => ({ name, hashes })),
    lock.packages.map(({ name, sha256 }) => ({ name, hashes: [{ alg: "SHA-256", content: sha256 }] })),
  );
  assert.ok(components.some(({ name }) => name === "ovn-host"));
  assert.deepEqual(
    dependencies[0]?.dependsOn,
    components.map(({ purl }) => purl),
  );
});

test("equal locks give equal bytes, and another package another serial number", () => {
  const lock = readPackageLock();
  assert.equal(printOvnSbom(lock), printOvnSbom(structuredClone(lock)));
  const [one, ...others] = lock.packages;
  assert.ok(one !== undefined);
  const renewed = printOvnSbom({ ...lock, packages: [{ ...one, version: "1:2+b3" }, ...others] });
  const { serialNumber, components } = JSON.parse(renewed) as Document;
  assert.notEqual(serialNumber, (JSON.parse(printOvnSbom(lock)) as Document).serialNumber);
  assert.equal(components[0]?.purl, `pkg:deb/debian/${one.name}@1%3A2%2Bb3?arch=amd64&distro=trixie`);
});
