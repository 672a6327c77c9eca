import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { checkChangedBandwidth, withChangedBandwidth } from "#src/api/changed-bandwidth.ts";
import { type InterfaceResult, printResult } from "#src/api/result.ts";
import { sampleResults } from "#test/fixtures/cni/sample-interfaces.ts";

const [first, second] = sampleResults;
assert.ok(first && second);
const limits = { ingress: { rate: 1e7 }, egress: { rate: 2e7, burst: 1e6 } };
const interfaces: readonly InterfaceResult[] = [
  { ...first, bandwidth: limits },
  { ...second, bandwidth: { ingress: { rate: 1e7 } } },
];
const annotations = (text: string) => ({
  [annotationKeys.result.key]: printResult(interfaces),
  [annotationKeys.bandwidth.key]: text,
});

test("a direction that is named has its new limit, and every other keeps the one of the request", () => {
  const changed = withChangedBandwidth(interfaces, annotations('{"net1": {"egress": "50M"}}'));
  assert.deepEqual(
    changed.map(({ bandwidth }) => bandwidth),
    [{ ingress: { rate: 1e7 }, egress: { rate: 5e7 } }, { ingress: { rate: 1e7 } }],
  );
  assert.equal(withChangedBandwidth(interfaces, {}), interfaces);
});

test("what cannot be is refused, and the message says what to write", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "[]": /is not an object with interfaces; write limits by the names of interfaces, such as \{"net1"/,
    '{"net1": {"ingress": "10Mi"}}': /bandwidth: net1\.ingress "10Mi" is not a rate/,
    '{"net1": {"ingress": "1"}}': /is no rate between 1k and 1000T/,
    '{"net11": {"ingress": "1M"}}': /bandwidth: net11 is no interface of the pod; did you mean "net1"\?/,
    '{"net2": {"egress": "1M"}}':
      /bandwidth: net2\.egress was created without a limit, and only a limit can be changed/,
    '{"net1": null}': /Malformed/,
    "{": /is not valid JSON/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(() => checkChangedBandwidth(annotations(text)), message);
  }
  const alone = { [annotationKeys.bandwidth.key]: "{}" };
  assert.throws(() => checkChangedBandwidth(alone), /a pod that has no interface of ovn4nfv/);
});

test("a right annotation is allowed, with a warning for a key that nobody knows", () => {
  assert.deepEqual(checkChangedBandwidth({}), []);
  assert.deepEqual(checkChangedBandwidth(annotations('{"net1": {"ingress": "1M", "egress": "1M"}}')), []);
  const [warning] = checkChangedBandwidth(annotations('{"net1": {"ingress": "1M", "colour": "red"}}'));
  assert.match(warning ?? "", /colour/);
});

test("what is wrong for one interface leaves the limits of the others changed (an unplug undid them all)", () => {
  const told: string[] = [];
  const text =
    '{"net1": {"ingress": "1M"}, "net9": {"ingress": "1M"}, "net2": {"ingress": "2M", "egress": "3M"}, "net3": {"ingress": "x"}}';
  const changed = withChangedBandwidth(interfaces, annotations(text), ({ message }) => told.push(message));
  assert.deepEqual(
    changed.map(({ bandwidth }) => bandwidth),
    [{ ingress: { rate: 1e6 }, egress: limits.egress }, { ingress: { rate: 2e6 } }],
  );
  assert.deepEqual(
    told.map((message) => /bandwidth: (\S+)/.exec(message)?.[1]),
    ["net9", "net2.egress", "net3"],
  );
});

test("an annotation that was written past the webhook changes nothing, and somebody is told", () => {
  const told: string[] = [];
  const kept = withChangedBandwidth(interfaces, annotations('{"net9": {"ingress": "1M"}}'), ({ code }) =>
    told.push(code),
  );
  assert.deepEqual(kept, interfaces);
  assert.equal(withChangedBandwidth(interfaces, annotations("{")), interfaces);
  assert.deepEqual(told, ["Malformed"]);
});
