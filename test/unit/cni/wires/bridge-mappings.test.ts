import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeMappings,
  mappingsIn,
  mappingsOutside,
  parseMappings,
  printMappings,
} from "#cni/wires/bridge-mappings.ts";
import { wireBridgeName } from "#cni/wires/bridge-name.ts";

const a = { physicalNetwork: "a", bridge: "br-a" };
const b = { physicalNetwork: "b", bridge: "br-b" };

test("mappings are read and printed, and elements that are none are passed over", () => {
  assert.deepEqual(parseMappings("a:br-a, b:br-b"), [a, b]);
  assert.deepEqual(parseMappings(",a,:x,b:,a:br-a"), [a]);
  assert.deepEqual(parseMappings(undefined), []);
  assert.equal(printMappings([a, b]), "a:br-a,b:br-b");
});

test("what others wrote stays in its place, also what nobody understands", () => {
  assert.equal(changeMappings("odd,b:br-b,c:br-c", [b], [a]), "odd,c:br-c,a:br-a");
  assert.equal(changeMappings("a:br-a", [b], [a]), "a:br-a");
  assert.equal(changeMappings("a:br-a", [a], []), "");
});

test("a mapping to another bridge is another mapping", () => {
  const other = { physicalNetwork: "a", bridge: "br-b" };
  assert.deepEqual(mappingsIn([a, b], [other, b]), [b]);
  assert.deepEqual(mappingsOutside([a, b], [other, b]), [a]);
});

test("a bridge has the name of its interface, and never more than 15 bytes", () => {
  assert.equal(wireBridgeName("enp3s0f0np0"), "br-enp3s0f0np0");
  const [one, two] = [wireBridgeName("enp3s0f0np0d1v1"), wireBridgeName("enp3s0f0np0d1v2")];
  assert.match(one, /^br-[0-9a-f]{12}$/);
  assert.notEqual(one, two);
});
