import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  appendSelection,
  definitionKey,
  foreignInterfaceNames,
  isOwnSelection,
  type MultusSelection,
  parseSelections,
} from "#src/api/multus/multus-selection.ts";
import { refused } from "#test/assertions/refused.ts";

const print = (annotation: string) =>
  parseSelections(annotation, "shop").map(
    ({ namespace, name, interfaceName }) => `${namespace}/${name}@${interfaceName ?? ""}`,
  );

describe("the Multus annotation", () => {
  it("is read in its short form, with spaces where Multus allows them", () => {
    assert.deepEqual(print("a, kube-system/b@net7 ,c@x"), ["shop/a@", "kube-system/b@net7", "shop/c@x"]);
  });

  it("is read in its JSON form, keys in any case as Multus reads them", () => {
    const text =
      '[{"name":"a"},{"Name":"b","namespace":"","interface":"x"},{"name":"c","namespace":"n","interfaceRequest":"y"}]';
    assert.deepEqual(print(text), ["shop/a@", "shop/b@x", "n/c@y"]);
  });

  it("is refused in either form when it selects more than 64 definitions, before any element is read", () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `d${n}`);
    const json = (count: number): string => JSON.stringify(names(count).map((name) => ({ name })));
    assert.equal(print(names(64).join(",")).length, 64);
    assert.equal(print(json(64)).length, 64);
    for (const annotation of [`${names(64).join(",")},?`, json(65)]) {
      assert.throws(() => parseSelections(annotation, "shop"), {
        message:
          "SelectionInvalid: k8s.v1.cni.cncf.io/networks 65 is the number of its selections, and a pod may have 64; select fewer definitions",
      });
    }
  });

  it("selects nothing when it is empty", () => {
    assert.deepEqual(print(""), []);
    assert.deepEqual(print("[]"), []);
  });

  it("keeps what the JSON form asks for besides", () => {
    const text =
      '[{"name":"a","ips":["10.1.0.7"],"MAC":"0a:00:00:00:00:01","default-route":["10.1.0.1"],"cni-args":{"x":1}}]';
    const asked = ([one]: readonly MultusSelection[]) => [one?.ips, one?.mac, one?.defaultRoute];
    assert.deepEqual(asked(parseSelections(text, "shop")), [["10.1.0.7"], "0a:00:00:00:00:01", ["10.1.0.1"]]);
    assert.deepEqual(asked(parseSelections("a", "shop")), [[], undefined, []]);
    const empty = '[{"name":"a","ips":null,"mac":"","default-route":[]}]';
    assert.deepEqual(asked(parseSelections(empty, "shop")), [[], undefined, []]);
  });

  it("gives the name that Multus gives to each, numbered by its place in the list", () => {
    const names = (text: string) => parseSelections(text, "shop").map(({ callName }) => callName);
    assert.deepEqual(names("a,b@x,c"), ["net1", "x", "net3"]);
    assert.deepEqual(names('[{"name":"a"},{"name":"b","interface":""},{"name":"c","interface":"x"}]'), [
      "net1",
      "net2",
      "x",
    ]);
  });

  it("is refused where Multus would fail the pod", () => {
    for (const text of [
      "a/b/c",
      "a@b@c",
      "A",
      "a,,b",
      "a/",
      "a_b",
      '{"name":"a"}',
      '"a"',
      "[1]",
      "[null]",
      '[{"name":1}]',
      "[{}]",
      '[{"name":"a"}',
      '[{"name":"a","ips":"10.1.0.7"}]',
      '[{"name":"a","mac":7}]',
      '[{"name":"a","default-route":[1]}]',
    ]) {
      const { code, field } = refused(() => parseSelections(text, "shop"));
      assert.equal(code, "Malformed", text);
      assert.match(field, /^k8s\.v1\.cni\.cncf\.io\/networks/);
    }
  });
});

describe("our element", () => {
  const own = { namespace: "kube-system", name: "ovn4nfv", interfaceName: "net3" };
  const json = '{"name":"ovn4nfv","namespace":"kube-system","interface":"net3"}';

  it("makes the annotation where there is none", () => {
    assert.equal(appendSelection(undefined, own), `[${json}]`);
    assert.equal(appendSelection("", own), `[${json}]`);
    assert.equal(appendSelection(" [ ] ", own), ` [ ${json}] `);
  });

  it("stands behind the user's in the user's form", () => {
    assert.equal(appendSelection("a, b/c@x", own), "a, b/c@x,kube-system/ovn4nfv@net3");
    assert.equal(appendSelection('[{"name":"a"}]', own), `[{"name":"a"},${json}]`);
  });

  it("leaves every byte of the user's elements, also what JavaScript would print otherwise", () => {
    const theirs = '[\n  {"name": "a", "cni-args": {"big": 12345678901234567890, "n": 1.0, "s": "\\u0041]"}}';
    const result = appendSelection(`${theirs}\n]\n`, own);
    assert.equal(result, `${theirs}\n,${json}]\n`);
    assert.deepEqual(
      parseSelections(result, "shop").map(({ name }) => name),
      ["a", "ovn4nfv"],
    );
  });

  it("is not added to what is no list", () => {
    assert.equal(refused(() => appendSelection('{"name":"a"}', own)).code, "Malformed");
  });
});

describe("selections of other plugins", () => {
  const ours = new Map([[definitionKey({ namespace: "kube-system", name: "ovn4nfv" }), { network: undefined }]]);

  it("are distinguished from ours by namespace and name", () => {
    const [a, b, c] = parseSelections("kube-system/ovn4nfv,ovn4nfv,other", "shop");
    assert.ok(a && b && c);
    assert.deepEqual([isOwnSelection(a, ours), isOwnSelection(b, ours), isOwnSelection(c, ours)], [true, false, false]);
    const [d] = parseSelections("ovn4nfv", "kube-system");
    assert.ok(d && isOwnSelection(d, ours));
  });

  it("get net1, net2, ... by their place in the whole list, or the name that they ask for", () => {
    const selections = parseSelections("bridge,kube-system/ovn4nfv,macvlan@fast,bridge", "shop");
    assert.deepEqual([...foreignInterfaceNames(selections, ours)], ["net1", "fast", "net4"]);
  });
});
