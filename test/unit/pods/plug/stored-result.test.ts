import assert from "node:assert/strict";
import { it } from "node:test";
import { changedResult, readStoredResult } from "#src/pods/plug/stored-result.ts";
import { interfaceResult } from "#test/fixtures/pods/interface-result.ts";

it("what stays is printed as it was, with fields of a later version, and what is plugged comes behind it", () => {
  const text = JSON.stringify([{ ...interfaceResult(), later: { a: 1 } }]);
  const stored = readStoredResult(text);
  const added = { ...interfaceResult(), interface: "net2" };
  const changed = changedResult(stored, [], [added]);
  assert.ok(changed.startsWith(text.slice(0, -1)));
  assert.deepEqual(
    readStoredResult(changed).map((one) => [one.interface, one.plugged]),
    [
      [interfaceResult().interface, undefined],
      ["net2", true],
    ],
  );
});

it("what goes is marked, and the last interface can be taken out", () => {
  const stored = readStoredResult(JSON.stringify([interfaceResult()]));
  const [leaving] = readStoredResult(changedResult(stored, stored, []));
  assert.equal(leaving?.leaving, true);
  assert.equal(changedResult([], [], []), "[]");
  assert.deepEqual(readStoredResult("[]"), []);
});
