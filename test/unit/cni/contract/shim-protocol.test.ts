import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CallReader, encodeAnswer, shimProtocol } from "#cni/contract/shim-protocol.ts";

const environment = "CNI_COMMAND=ADD\0CNI_ARGS=A=1;B=x=y\0";
const conf = '{"name":"a"}';
const header = (environmentBytes: number, confBytes: number) =>
  `${shimProtocol.magic} ${environmentBytes.toString()} ${confBytes.toString()}\n`;
const call = Buffer.from(header(environment.length, conf.length) + environment + conf);

test("a call is understood however the socket cuts it", () => {
  const cutSomewhere = (cuts: number[]) => {
    const reader = new CallReader();
    const places = [...new Set([0, ...cuts, call.length])].toSorted((a, b) => a - b);
    const pieces = places.slice(1).map((end, index) => call.subarray(places[index], end));
    const results = pieces.map((piece) => reader.push(piece));
    const last = results.pop();
    assert.ok(results.every((result) => result === undefined));
    assert.equal(last?.environment.get("CNI_ARGS"), "A=1;B=x=y");
    assert.equal(Buffer.from(last.stdin).toString(), conf);
  };
  fc.assert(fc.property(fc.array(fc.nat(call.length)), cutSomewhere), { numRuns: 300 });
});

for (const [what, bytes] of [
  ["another protocol", "GET /cni HTTP/1.1\r\n\r\n"],
  ["no header in sight", "x".repeat(40)],
  ["more than is allowed", header(0, shimProtocol.maxConfigBytes + 1)],
  ["a longer environment than is allowed", header(shimProtocol.maxEnvironmentBytes + 1, 0)],
  ["negative lengths", `${shimProtocol.magic} -1 2\n`],
  ["more bytes than it told", `${header(0, 1)}ab`],
] as const) {
  test(`a call with ${what} is a protocol error`, () => {
    assert.throws(() => new CallReader().push(Buffer.from(bytes)), { code: "ProtocolError" });
  });
}

test("an answer has its length in bytes, not characters", () => {
  assert.equal(encodeAnswer(1, "é").toString(), `${shimProtocol.magic} 1 2\né`);
});

test("an answer that no shim would take is a defect of the agent", () => {
  assert.throws(() => encodeAnswer(0, "x".repeat(shimProtocol.maxAnswerBytes + 1)), { code: "Internal" });
});
