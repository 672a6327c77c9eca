import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CalledInterface } from "#src/api/multus/multus-calls.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { selectionChange } from "#src/api/multus/selection-change.ts";
import { refused } from "#test/assertions/refused.ts";

const ours = new Map([
  ["shop/all", { network: undefined }],
  ["shop/blue-net", { network: "blue" }],
  ["shop/other-net", { network: "blue" }],
  ["shop/green-net", { network: "green" }],
]);
const has = (network: string, name: string, more: Partial<CalledInterface> = {}): CalledInterface => {
  return { network, interface: name, ...more };
};

interface Parts {
  readonly interfaces?: readonly CalledInterface[];
  readonly hasRequest?: boolean;
}

function change(before: string, after: string, { interfaces = [], hasRequest = false }: Parts = {}) {
  const [was, is] = [before, after].map((text) => parseSelections(text, "shop"));
  const { added, leaving } = selectionChange({ before: was ?? [], after: is ?? [], ours, interfaces, hasRequest });
  return [added.map(({ interfaceName }) => interfaceName), leaving.map((one) => one.interface)];
}

const refusedFor = (...args: Parameters<typeof change>) => {
  const { code, field } = refused(() => change(...args));
  return `${code} ${field}`;
};
const key = "k8s.v1.cni.cncf.io/networks";
const plugged = { plugged: true } as const;
const leaves = { leaving: true } as const;

describe("a change of selections", () => {
  it("adds what is new, and lets go what is not selected any more", () => {
    const interfaces = [has("blue", "net1"), has("green", "net2", plugged)];
    assert.deepEqual(change("blue-net@net1,green-net@net2", "blue-net@net1,blue-net@net3", { interfaces }), [
      ["net3"],
      ["net2"],
    ]);
  });

  it("leaves the selections of other plugins to Multus", () => {
    const interfaces = [has("blue", "net1")];
    assert.deepEqual(change("blue-net@net1", "blue-net@net1,macvlan@mac1", { interfaces }), [[], []]);
    assert.deepEqual(change("macvlan@mac1,blue-net@net1", "blue-net@net1", { interfaces }), [[], []]);
  });

  it("adds beside a call for all interfaces of the request, which stays", () => {
    const parts = { interfaces: [has("blue", "net1"), has("green", "net2")], hasRequest: true };
    assert.deepEqual(change("all@net1", "all@net1,blue-net@net3", parts), [["net3"], []]);
    assert.equal(refusedFor("all@net1", "", parts), `ChangeRefused ${key}`);
    assert.equal(refusedFor("all@net1", "all@net1,blue-net@net1", parts), `InterfaceInvalid ${key}: [1].interface`);
    assert.equal(refusedFor("all@net1", "all@net1,blue-net@net2", parts), `InterfaceInvalid ${key}: [1].interface`);
  });

  it("lets interfaces that were plugged beside a request go again", () => {
    const parts = { interfaces: [has("blue", "net1"), has("blue", "net3", plugged)], hasRequest: true };
    assert.deepEqual(change("all@net1,blue-net@net3", "all@net1", parts), [[], ["net3"]]);
  });

  it("knows an interface by its name when its definition is gone", () => {
    const interfaces = [has("red", "net1"), has("red", "net2")];
    assert.deepEqual(change("red-net@net1,red-net@net2", "red-net@net1", { interfaces }), [[], ["net2"]]);
  });

  it("knows an interface that was plugged by its name when its definition is for another network by now", () => {
    const interfaces = [has("blue", "net1"), has("red", "net2", plugged)];
    for (const name of ["green-net", "all"])
      assert.deepEqual(change(`blue-net@net1,${name}@net2`, "blue-net@net1", { interfaces }), [[], ["net2"]]);
  });

  it("takes a selection for the one of an interface that has none", () => {
    assert.deepEqual(change("", "blue-net@net1", { interfaces: [has("blue", "net1")] }), [[], []]);
  });

  it("adds what was stored before its definition was there, when the annotation changes again, whatever changes", () => {
    const parts = { interfaces: [has("blue", "net1")] };
    const was = "blue-net@net1,green-net@net2";
    assert.deepEqual(change(was, `${was},macvlan@mac1`, parts), [["net2"], []]);
    assert.deepEqual(change(was, "blue-net@net1,other-net@net3,green-net@net2", parts), [["net3", "net2"], []]);
    const withIp = JSON.stringify([
      { name: "blue-net", interface: "net1" },
      { name: "green-net", interface: "net2", ips: ["10.2.0.9"] },
    ]);
    assert.deepEqual(change(was, withIp, parts), [["net2"], []]);
    // Nothing is added for one that has no name, that is for all interfaces, or whose name another interface has.
    assert.deepEqual(change("blue-net,green-net", "blue-net,green-net ", parts), [[], []]);
    assert.deepEqual(change("blue-net@net1,all@net2", "blue-net@net1,all@net2 ", parts), [[], []]);
    assert.deepEqual(change("green-net@net1", "green-net@net1 ", parts), [[], []]);
  });

  it("refuses a name that goes by the place in the list, also of a selection that moves", () => {
    const interfaces = [has("blue", "net1"), has("green", "net2")];
    assert.equal(refusedFor("blue-net", "blue-net,green-net"), `InterfaceInvalid ${key}: [1].interface`);
    assert.equal(
      refusedFor("blue-net,green-net", "green-net", { interfaces }),
      `InterfaceInvalid ${key}: [0].interface`,
    );
  });

  it("refuses a name that another selection has, or an interface which has not left yet", () => {
    assert.equal(refusedFor("", "macvlan@net1,blue-net@net1"), `InterfaceInvalid ${key}: [1].interface`);
    const interfaces = [has("blue", "net2", { ...plugged, ...leaves })];
    assert.equal(refusedFor("", "blue-net@net2", { interfaces }), `ChangeRefused ${key}: [0].interface`);
    assert.equal(refusedFor("", "macvlan@net2", { interfaces }), `ChangeRefused ${key}: [0].interface`);
  });

  it("refuses other settings for an interface that the pod has", () => {
    const interfaces = [has("blue", "net1")];
    const [was, is] = ["10.1.0.7", "10.1.0.8"].map((ip) =>
      JSON.stringify([{ name: "blue-net", interface: "net1", ips: [ip] }]),
    );
    assert.equal(refusedFor(was ?? "", is ?? "", { interfaces }), `SelectionInvalid ${key}: [0]`);
    const other = (is ?? "").replace("blue-net", "other-net");
    assert.equal(refusedFor("blue-net@net1", other, { interfaces }), `SelectionInvalid ${key}: [0]`);
    assert.deepEqual(change("blue-net@net1", "other-net@net1", { interfaces }), [[], []]);
    const withArgs = (args: object) => JSON.stringify([{ name: "blue-net", interface: "net1", "cni-args": args }]);
    const before = withArgs({ pool: "front" });
    assert.deepEqual(change(before, before, { interfaces }), [[], []]);
    for (const args of [{ pool: "back" }, {}, { pool: "front", sticky: true }]) {
      assert.equal(refusedFor(before, withArgs(args), { interfaces }), `SelectionInvalid ${key}: [0]`);
    }
  });
});
