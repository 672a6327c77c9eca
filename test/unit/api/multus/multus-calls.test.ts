import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callsOf, interfacesOfCall, nameByCalls, refuseUnfitCalls } from "#src/api/multus/multus-calls.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { refused } from "#test/assertions/refused.ts";

const ours = new Map([
  ["shop/all", { network: undefined }],
  ["shop/blue-net", { network: "blue" }],
  ["shop/green-net", { network: "green" }],
]);
const select = (text: string) => parseSelections(text, "shop");

it("only selections of our definitions lead to calls, each by the name that Multus gives it", () => {
  const calls = callsOf(select("macvlan,blue-net,all@x"), ours);
  assert.deepEqual(
    calls.map(({ network, interfaceName }) => [network, interfaceName]),
    [
      ["blue", "net2"],
      [undefined, "x"],
    ],
  );
});

describe("naming by calls", () => {
  const named = (interfaces: readonly (readonly [string, string?])[], text: string) =>
    nameByCalls(
      interfaces.map(([network, interfaceName]) => ({ network, interfaceName })),
      callsOf(select(text), ours),
    ).map(({ interfaceName }) => interfaceName);

  it("gives the first interface without a name on the call's network its name", () => {
    assert.deepEqual(named([["green"], ["blue"], ["blue"]], "blue-net,green-net,blue-net"), ["net2", "net1", "net3"]);
  });

  it("leaves names that were asked for, and gives none twice", () => {
    assert.deepEqual(named([["blue", "net1"], ["blue"]], "blue-net"), ["net1", undefined]);
    assert.deepEqual(named([["green", "net1"], ["blue"]], "blue-net"), ["net1", undefined]);
    assert.deepEqual(named([["blue"]], "all"), [undefined]);
  });
});

describe("calls", () => {
  const check = (text: string, ...interfaces: readonly (readonly [string, string])[]) => {
    const wanted = interfaces.map(([network, name], index) => ({ field: `i${index}`, network, interface: name }));
    refuseUnfitCalls(select(text), ours, wanted);
  };
  const refusedFor = (text: string, ...interfaces: readonly (readonly [string, string])[]) => {
    const { code, field } = refused(() => {
      check(text, ...interfaces);
    });
    return `${code} ${field}`;
  };
  const key = "k8s.v1.cni.cncf.io/networks";

  it("fit where each interface is wired by one of them", () => {
    check("", ["blue", "net1"]);
    check("macvlan", ["blue", "net2"]);
    check("all", ["blue", "net2"], ["green", "net3"]);
    check("blue-net,green-net", ["green", "net2"], ["blue", "net1"]);
    check("blue-net,blue-net", ["blue", "net1"], ["blue", "net2"]);
    check("blue-net@x", ["blue", "a"], ["blue", "b"]);
  });

  it("are refused where Multus would find the name taken: by another selection, a call before, or what one wired", () => {
    assert.equal(refusedFor("macvlan@x,all@x", ["blue", "a"]), `InterfaceInvalid ${key}: [1].interface`);
    assert.equal(
      refusedFor("blue-net@x,green-net@x", ["blue", "a"], ["green", "b"]),
      `InterfaceInvalid ${key}: [1].interface`,
    );
    assert.equal(
      refusedFor("blue-net,green-net", ["blue", "net2"], ["green", "b"]),
      `InterfaceInvalid ${key}: [1].interface`,
    );
  });

  it("are refused where one has nothing to wire, wires what is wired, or leaves an interface out", () => {
    assert.equal(refusedFor("green-net", ["blue", "net1"]), `SelectionInvalid ${key}: [0]`);
    assert.equal(refusedFor("all,blue-net", ["blue", "net1"]), `SelectionInvalid ${key}: [1]`);
    assert.equal(refusedFor("blue-net,blue-net", ["blue", "net1"]), `SelectionInvalid ${key}: [1]`);
    assert.equal(refusedFor("blue-net", ["blue", "net1"], ["green", "net2"]), "SelectionInvalid i1");
    assert.equal(refusedFor("blue-net", ["blue", "net1"], ["blue", "net5"]), "SelectionInvalid i1");
  });
});

const interfaces = [
  { network: "blue", interface: "net1" },
  { network: "green", interface: "net2" },
  { network: "blue", interface: "net3" },
];
const names = (network: string | undefined, interfaceName: string) =>
  interfacesOfCall(interfaces, { network, interfaceName }).map((one) => one.interface);

it("a call without a network is for all interfaces", () => {
  assert.deepEqual(names(undefined, "net2"), ["net1", "net2", "net3"]);
});

it("a call for a network is for the interface of its name on it, else for all on it", () => {
  assert.deepEqual(names("blue", "net3"), ["net3"]);
  assert.deepEqual(names("blue", "net2"), ["net1", "net3"]);
  assert.deepEqual(names("red", "net1"), []);
});

it("a plugged interface is wired by the call of its name alone, and a leaving one by none", () => {
  const changed = [
    { network: "blue", interface: "net1" },
    { network: "blue", interface: "net2", plugged: true },
    { network: "green", interface: "net3", leaving: true },
  ] as const;
  const wired = (network: string | undefined, interfaceName: string) =>
    interfacesOfCall(changed, { network, interfaceName }).map((one) => one.interface);
  assert.deepEqual(wired(undefined, "net1"), ["net1"]);
  assert.deepEqual(wired("blue", "net2"), ["net2"]);
  assert.deepEqual(wired("blue", "net9"), ["net1"]);
  assert.deepEqual(wired("green", "net3"), []);
});
