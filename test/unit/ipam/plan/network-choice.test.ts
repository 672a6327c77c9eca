import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findSwitch } from "#src/ipam/plan/network-choice.ts";
import type { PlanningView } from "#src/ipam/plan/planning-view.ts";
import { isRefusal } from "#src/core/errors.ts";
import { refused } from "#test/assertions/refused.ts";
import { NbFixture, portRequest } from "#test/fixtures/ipam/nb-fixture.ts";

function whyNot(nb: NbFixture, network: string, namespace = "default"): string {
  const { code, field, reason } = refused(() => findSwitch(portRequest(network), namespace, nb.view));
  assert.equal(field, "interface[0].name");
  return `${code}: ${reason}`;
}

/** Gives the clause that tells the user what to do. */
function remedyFor(nb: Pick<NbFixture, "view">, network: string, namespace = "default"): string {
  try {
    findSwitch(portRequest(network), namespace, nb.view);
  } catch (caught) {
    if (isRefusal(caught)) return caught.details.remedy;
  }
  return assert.fail("nothing was refused");
}

/** Gives the remedy for a pod that asks for `bule`, and the networks whose selectors were read for that. */
function remedyAmong(names: readonly string[]): { readonly remedy: string; readonly asked: readonly string[] } {
  const asked = new Set<string>();
  const network = (name: string) => ({
    name,
    get namespaceSelector() {
      asked.add(name);
      return JSON.stringify({ names: name.startsWith("other") ? [] : ["default"], selector: {} });
    },
  });
  const switches = new Map(names.map((name) => [name, { network: network(name) }]));
  const view = { index: { named: () => [], switches: () => switches.values() }, anySwitch: false };
  return { remedy: remedyFor({ view: view as unknown as PlanningView }, "bule"), asked: [...asked] };
}

describe("the choice of a network", () => {
  it("finds the switch by its name", () => {
    const nb = new NbFixture();
    const uuid = nb.addSwitch("blue", "10.0.0.0/29");
    assert.equal(findSwitch(portRequest("blue"), "default", nb.view).uuid, uuid);
    assert.equal(whyNot(nb, "red"), "UnknownNetwork: is not the name of a network");
  });

  it("refuses a name that two switches have", () => {
    const nb = new NbFixture();
    for (const subnet of ["10.0.0.0/29", "10.1.0.0/29"]) nb.addSwitch("blue", subnet);
    assert.equal(whyNot(nb, "blue"), "UnknownNetwork: is the name of more than one logical switch");
  });

  it("admits the namespaces that the switch names and nobody else, unless any switch may be asked for", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { "allowed-namespaces": "default,telco" });
    assert.equal(findSwitch(portRequest("blue"), "telco", nb.view).network.name, "blue");
    assert.equal(whyNot(nb, "blue", "other"), 'NotAllowed: does not admit pods of the namespace "other"');
    const anySwitch = { ...nb.view, anySwitch: true };
    assert.equal(findSwitch(portRequest("blue"), "other", anySwitch).network.name, "blue");
  });

  it("reports a wrong setting of the switch only to those whom it admits", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/99", { "allowed-namespaces": "default" });
    assert.match(whyNot(nb, "blue"), /^NotAllowed: has .*subnets="10\.0\.0\.0\/99", which is not a CIDR/);
    assert.match(whyNot(nb, "blue", "other"), /^NotAllowed: does not admit/);
  });

  it("suggests the nearest name, among the networks that the namespace may use", () => {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.0.0.0/29", { "allowed-namespaces": "default" });
    nb.addSwitch("secret", "10.1.0.0/29", { "allowed-namespaces": "telco" });
    const byLabels = JSON.stringify({ names: ["named"], selector: { matchLabels: { team: "x" } } });
    nb.addSwitch("labelled", "10.2.0.0/29", { "allowed-namespaces": "*", "namespace-selector": byLabels });
    assert.equal(remedyFor(nb, "bule"), 'did you mean "blue"?');
    assert.equal(remedyFor(nb, "secrett", "telco"), 'did you mean "secret"?');
    assert.equal(remedyFor(nb, "labeled", "named"), 'did you mean "labelled"?');
    for (const [name, namespace] of [
      ["secrett", "default"],
      ["bule", "telco"],
      ["labeled", "default"],
      ["elsewhere", "default"],
    ] as const) {
      assert.match(remedyFor(nb, name, namespace), /^correct the name, or create/);
    }
  });

  it("looks at few of many networks for a name near by, whoever may use them", () => {
    const others = Array.from({ length: 2_000 }, (_, n) => `other-${n}`);
    assert.match(remedyAmong(["blue", ...others]).remedy, /^did you mean "blue"/);
    assert.match(remedyAmong([...others, "blue"]).remedy, /^correct the name, or create/);
  });

  it("reads the selectors of networks with names near by, and of no others", () => {
    const { remedy, asked } = remedyAmong(["far-away", "blue", "bluer"]);
    assert.deepEqual([remedy, asked], ['did you mean "blue"?', ["blue"]]);
  });

  it("says where the owner admits a namespace: in the Network, or in the key of a bare switch", () => {
    const nb = new NbFixture();
    nb.addSwitch("bare", "10.0.0.0/29", { "allowed-namespaces": "" });
    nb.addSwitch("object", "10.1.0.0/29", { row: "u1/switch", "allowed-namespaces": "" });
    assert.match(remedyFor(nb, "bare"), /to external_ids:k8s\.plugin\.opnfv\.org\/allowed-namespaces of the logical/);
    assert.match(remedyFor(nb, "object"), /to spec\.allowedNamespaces of the Network$/);
  });
});
