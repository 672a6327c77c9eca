import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCniConfig } from "#cni/contract/network-config.ts";

const base = { cniVersion: "1.1.0", name: "ovn4nfv", type: "ovn4nfv-cni" };
const parse = (fields: object, command: "ADD" | "DEL" | "GC" = "ADD") =>
  parseCniConfig(Buffer.from(JSON.stringify({ ...base, ...fields })), command);

test("fields of others are no business of ours", () => {
  assert.equal(parse({ ipam: { type: "host-local" }, mtu: "big", keyD: [1] }).name, "ovn4nfv");
});

test("an empty nfn-network is as good as none", () => {
  assert.equal(parse({ "nfn-network": "" }).network, undefined);
  assert.equal(parse({ "nfn-network": "blue" }).network, "blue");
});

test("a name is at most as long as that of an object of Kubernetes, since it is written down for each interface", () => {
  assert.equal(parse({ name: "n".repeat(253) }).name.length, 253);
  assert.throws(() => parse({ name: "n".repeat(254) }), {
    code: "CniConfigInvalid",
    message: "name: must have at most 253 characters",
  });
});

test("unknown annotations differ from no annotations", () => {
  assert.equal(parse({ runtimeConfig: { mac: "0a:58:0a:01:00:07" } }).podAnnotations, undefined);
  assert.equal(parse({ runtimeConfig: null }).podAnnotations, undefined);
  assert.equal(parse({ runtimeConfig: { "io.kubernetes.cri.pod-annotations": {} } }).podAnnotations?.size, 0);
});

test("the list of GC under its first, mistaken name counts too, the right name first", () => {
  const old = { "cni.dev/attachments": [{ containerID: "old", ifname: "net1" }] };
  const current = { "cni.dev/valid-attachments": [{ containerID: "new", ifname: "net2" }] };
  assert.deepEqual(parse(old, "GC").validAttachments, [{ containerId: "old", interfaceName: "net1" }]);
  assert.deepEqual(parse({ ...old, ...current }, "GC").validAttachments, [
    { containerId: "new", interfaceName: "net2" },
  ]);
});

test("a list of GC with a broken element is refused as a whole, so that nothing is removed by mistake", () => {
  assert.throws(() => parse({ "cni.dev/valid-attachments": [{ containerID: "a" }] }, "GC"), {
    code: "CniConfigInvalid",
  });
});

test("DEL reads a configuration that ADD refuses, so that the pod can end (it stayed in Terminating)", () => {
  const refused = [
    { cniVersion: "" },
    { cniVersion: undefined },
    { cniVersion: "0.2.0" },
    { "nfn-network": 5 },
    { name: undefined },
    { name: "n".repeat(300) },
    { runtimeConfig: [] },
    { prevResult: { interfaces: [{ name: 5 }] } },
  ];
  for (const fields of refused) {
    assert.throws(() => parse(fields), { code: /^Cni(VersionUnsupported|ConfigInvalid)$/ }, JSON.stringify(fields));
    assert.equal(parse(fields, "DEL").prevResult, undefined);
  }
  const prevResult = { interfaces: [{ name: "net1", sandbox: "/run/netns/a" }] };
  assert.deepEqual(parse({ cniVersion: "", prevResult }, "DEL").prevResult?.interfaces, prevResult.interfaces);
});

test("bytes that are not UTF-8 are not a configuration", () => {
  assert.throws(() => parseCniConfig(Uint8Array.of(0x7b, 0xff, 0x7d), "DEL"), { code: "CniConfigUndecodable" });
  assert.throws(() => parseCniConfig(Buffer.from("[]"), "DEL"), /is not a JSON object/);
});

test("an annotation named __proto__ is an annotation like any other", () => {
  const text = `{"cniVersion":"1.1.0","name":"a","runtimeConfig":{"io.kubernetes.cri.pod-annotations":{"x":"y","__proto__":"z"}}}`;
  const { podAnnotations } = parseCniConfig(Buffer.from(text), "ADD");
  assert.equal(podAnnotations?.get("x"), "y");
});
