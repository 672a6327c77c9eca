import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { configOf, delegateBody, delegateCaller } from "#lab/dynamic-networks/delegate-call.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const pod = { namespace: "home", name: "web", uid: "u1" };
const sandbox = { id: "c1", netns: "/run/netns/x" };
const selection = { namespace: "home", name: "blue", interface: "data" };
const call = { command: "ADD", sandbox, pod, selection, config: '{"name":"blue"}' } as const;

test("a call has five variables, the configuration in base64, and no attributes when the selection has none", () => {
  assert.deepEqual(delegateBody(call), {
    env: {
      CNI_COMMAND: "ADD",
      CNI_CONTAINERID: "c1",
      CNI_NETNS: "/run/netns/x",
      CNI_IFNAME: "data",
      CNI_ARGS: "K8S_POD_NAMESPACE=home;K8S_POD_NAME=web;K8S_POD_UID=u1",
    },
    config: "eyJuYW1lIjoiYmx1ZSJ9",
  });
});

test("addresses, MAC and cni-args go along as attributes, and cni-args are null when there are others", () => {
  const attributesOf = (more: object) =>
    (delegateBody({ ...call, selection: { ...selection, ...more } }) as { interfaceAttributes?: object })
      .interfaceAttributes;
  assert.deepEqual(attributesOf({ mac: "02:00:00:00:00:01" }), { mac: "02:00:00:00:00:01", "cni-args": null });
  assert.deepEqual(attributesOf({ ips: ["10.0.0.5"], cniArgs: { dhcp: true } }), {
    ips: ["10.0.0.5"],
    "cni-args": { dhcp: true },
  });
  assert.equal(attributesOf({ ips: [] }), undefined);
});

test("a configuration without a name gets that of its definition, and one with a name stays as it is", () => {
  assert.equal(configOf('{ "name": "own" }', "blue"), '{ "name": "own" }');
  assert.deepEqual(JSON.parse(configOf('{"type": "ovn4nfv-cni"}', "blue")), { type: "ovn4nfv-cni", name: "blue" });
  assert.throws(() => configOf("{", "blue"));
});

test("calls are posted to /delegate of the socket; DEL has an empty answer, and any status but 200 is an error", async () => {
  using folder = createTemporaryFolder("delegate-call");
  const socketPath = join(folder.path, "multus.sock");
  const answers = [
    { status: 200, text: '{"Result":{"cniVersion":"1.1.0","ips":[{"address":"10.0.0.5/24"}]}}' },
    { status: 200, text: "" },
    { status: 400, text: "ERRORED: no such pod\n" },
  ];
  const seen: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    seen.push(`${request.method ?? ""} ${request.headers.host ?? ""}${request.url ?? ""}`);
    const { status, text } = answers.shift() ?? { status: 500, text: "" };
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const send = delegateCaller(socketPath);
  assert.deepEqual((await send(call))?.ips, [{ address: "10.0.0.5/24" }]);
  assert.equal(await send({ ...call, command: "DEL" }), undefined);
  await assert.rejects(send(call), /status 400: 'ERRORED: no such pod'/);
  assert.deepEqual(new Set(seen), new Set(["POST dummy/delegate"]));
  server.close();
});
