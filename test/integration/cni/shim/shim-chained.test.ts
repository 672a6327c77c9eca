import assert from "node:assert/strict";
import { before, test } from "node:test";
import { podAnnotationsCapability } from "#cni/contract/network-config.ts";
import { encodeAnswer } from "#cni/contract/shim-protocol.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { startFakeAgent } from "#test/fakes/cni/fake-agent.ts";
import { buildShim, type Shim } from "#test/stacks/cni/shim.ts";

let shim: Shim;
before(async () => {
  shim = await buildShim({ build: "release" });
});

const prevResult = '{ "cniVersion":"1.0.0", "ips":[{"address":"10.244.1.5/24","interface":0}], "note":"ü \\u00fc" }';
const environment = (command: string) => ({ CNI_COMMAND: command, CNI_CONTAINERID: "abc", CNI_IFNAME: "eth0" });

/** The text of a configuration as a runtime writes it for a chained plugin. `annotations` is JSON text. */
function chained(annotations: string | undefined, previous: string | undefined = prevResult): string {
  const runtime =
    annotations === undefined ? '{"mac":"02:00:00:00:00:01"}' : `{"${podAnnotationsCapability}":${annotations}}`;
  const result = previous === "" ? "" : `"prevResult":${previous},`;
  return `{"cniVersion":"1.0.0","name":"cluster","agentSocket":"${shim.socketPath}",${result}"runtimeConfig":${runtime}}`;
}

const foreign = {
  "no annotation": "{}",
  "Go's nil map": "null",
  "foreign annotations": '{"a":"{\\"b\\":[1]}","c":""}',
};
for (const [what, annotations] of Object.entries(foreign)) {
  test(`a pod with ${what} starts, and ends, without an agent`, async () => {
    const conf = chained(annotations);
    assert.deepEqual(await shim.run(environment("ADD"), conf), { code: 0, stdout: prevResult, stderr: "" });
    assert.deepEqual(await shim.run(environment("DEL"), conf), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await shim.run(environment("CHECK"), conf), { code: 0, stdout: "", stderr: "" });
  });
}

test("a pod that is not ours never reaches the agent", async () => {
  await using agent = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(1, "")));
  assert.equal((await shim.run(environment("ADD"), chained("{}"))).stdout, prevResult);
  assert.equal(agent.calls.length, 0);
});

const ours = {
  "as it is": `{"a":"b","${annotationKeys.result.key}":"[]"}`,
  "with the slash escaped": `{"${annotationKeys.result.key.replace("/", "\\/")}":"[]"}`,
  "with every character escaped": `{"${Array.from(annotationKeys.result.key, (c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("")}":"[]"}`,
};
for (const [what, annotations] of Object.entries(ours)) {
  test(`a pod with our result, its key written ${what}, is the agent's`, async () => {
    assert.match((await shim.run(environment("ADD"), chained(annotations))).stdout, /"code":11/);
    await using agent = await startFakeAgent(shim.socketPath, (socket) => socket.end(encodeAnswer(0, "done")));
    assert.equal((await shim.run(environment("ADD"), chained(annotations))).stdout, "done");
    assert.equal(agent.calls.length, 1);
  });
}

test("when a runtime does not send annotations, the agent decides", async () => {
  for (const annotations of [undefined, '"text"', "[]", "7"]) {
    assert.match((await shim.run(environment("ADD"), chained(annotations))).stdout, /"code":11/);
  }
});

test("our key in a nested place, in a value, or beside the annotations does not count", async () => {
  const { key } = annotationKeys.result;
  for (const annotations of [`{"a":"${key}"}`, `{"a":"\\"${key}\\":1"}`, `{"x${key}":"","${key}x":""}`]) {
    assert.equal((await shim.run(environment("ADD"), chained(annotations))).stdout, prevResult);
  }
  const beside = chained("{}").replace("{", `{"${key}":"[]",`);
  assert.equal((await shim.run(environment("ADD"), beside)).stdout, prevResult);
});

test("the last of several members counts, as in every parser that reads the conf after us", async () => {
  const conf = chained(`{}}, "runtimeConfig": {"${podAnnotationsCapability}":{"${annotationKeys.result.key}":""}`);
  assert.match((await shim.run(environment("ADD"), conf)).stdout, /"code":11/);
});

test("ADD without a previous result is code 7: this plugin makes no first interface", async () => {
  for (const previous of ["", "null", "[]", '"x"']) {
    const { code, stdout } = await shim.run(environment("ADD"), chained("{}", previous));
    assert.equal(code, 1);
    assert.match(stdout, /"code":7,"msg":"prevResult is missing/);
  }
});

test("GC asks the agent, whatever the annotations say", async () => {
  assert.match((await shim.run(environment("GC"), chained("{}"))).stdout, /"code":11/);
});
