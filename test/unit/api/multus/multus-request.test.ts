import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf } from "#src/api/multus/multus-calls.ts";
import { inMultusTerms, refuseSettingsBesideRequest, requestOfCalls } from "#src/api/multus/multus-request.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { AppError, isRefusal, refusal } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";

const ours = new Map([
  ["shop/all", { network: undefined }],
  ["shop/blue-net", { network: "blue" }],
]);
const requestOf = (text: string) => requestOfCalls(callsOf(parseSelections(text, "shop"), ours));
const inJson = (...elements: readonly object[]) =>
  JSON.stringify(elements.map((element) => ({ name: "blue-net", ...element })));

test("each selection of a definition with a network is an interface, also of one network twice", () => {
  assert.deepEqual(
    requestOf("blue-net,macvlan,blue-net@x").map(({ network, interfaceName }) => [network, interfaceName]),
    [
      ["blue", "net1"],
      ["blue", "x"],
    ],
  );
});

test("ips, mac and default-route are what a request would say", () => {
  const [asked] = requestOf(
    inJson({ ips: ["10.1.0.7/24", "fd00::7"], mac: "0A:00:00:00:00:07", "default-route": ["10.1.0.1"] }),
  );
  assert.deepEqual(
    asked?.addresses.map(({ ip, prefixLength }) => [printIp(ip), prefixLength]),
    [
      ["10.1.0.7", 24],
      ["fd00::7", undefined],
    ],
  );
  assert.equal(asked.mac, "0a:00:00:00:00:07");
  assert.equal(asked.defaultGateway, true);
  assert.deepEqual(asked.gateways.map(printIp), ["10.1.0.1"]);
  const [plain] = requestOf("blue-net");
  assert.deepEqual([plain?.addresses, plain?.mac, plain?.defaultGateway, plain?.gateways], [[], undefined, false, []]);
});

test("a value that cannot be is refused with its place in the selection", () => {
  const key = "k8s.v1.cni.cncf.io/networks: [0]";
  const wrong = (element: object) => {
    const { code, field } = refused(() => requestOf(inJson(element)));
    return `${code} ${field}`;
  };
  assert.equal(wrong({ ips: ["10.1.0.999"] }), `Malformed ${key}.ips[0]`);
  assert.equal(wrong({ mac: "01:00:00:00:00:07" }), `Malformed ${key}.mac`);
  assert.equal(wrong({ "default-route": ["10.1.0.1", "10.1.0.2"] }), `Malformed ${key}.default-route[1]`);
  assert.equal(wrong({ interface: "eth0" }), `InterfaceInvalid ${key}.interface`);
});

test("two selections that ask for one address, or for the default route of one family, are refused", () => {
  const twice = (element: object) => refused(() => requestOf(inJson(element, element))).code;
  assert.equal(twice({ ips: ["10.1.0.7"] }), "Malformed");
  assert.equal(twice({ "default-route": ["10.1.0.1"] }), "RouteInvalid");
});

test("a definition without a network names none, and the request is where one is named", () => {
  assert.equal(refused(() => requestOf("all")).code, "SelectionInvalid");
});

test("beside a request a selection may have none of its settings", () => {
  const check = (element: object) => {
    refuseSettingsBesideRequest(parseSelections(inJson(element), "shop"));
  };
  check({ interface: "net7", "cni-args": {} });
  for (const element of [{ ips: ["10.1.0.7"] }, { mac: "0a:00:00:00:00:07" }, { "default-route": ["10.1.0.1"] }]) {
    const { code, field } = refused(() => {
      check(element);
    });
    assert.equal(`${code} ${field}`, `SelectionInvalid k8s.v1.cni.cncf.io/networks: [0].${Object.keys(element)[0]}`);
  }
});

const about = (field: string, remedy: string) => {
  const error = inMultusTerms(refusal("AddressInUse", { field, value: "v", reason: "is in use", remedy, holder: "h" }));
  assert.ok(isRefusal(error));
  return error;
};

test("a refusal about a selection names field and remedy as the selection does, and keeps the rest", () => {
  const error = about("k8s.v1.cni.cncf.io/networks: [1].ipAddress", "ask for another, or leave ipAddress out");
  assert.equal(
    error.message,
    'AddressInUse: k8s.v1.cni.cncf.io/networks: [1].ips "v" is in use; ask for another, or leave ips out',
  );
  assert.equal(error.details.holder, "h");
});

test("a remedy stays a sentence", () => {
  const { remedy } = about(
    "k8s.v1.cni.cncf.io/networks: [1].gwipaddress",
    "write an ipAddress in 10.2.0.0/24 too",
  ).details;
  assert.equal(remedy, "write ips in 10.2.0.0/24 too");
});

test("a network that is wrong stands in the definition", () => {
  const { field } = about("k8s.v1.cni.cncf.io/networks: [1].name", "create it").details;
  assert.equal(field, "k8s.v1.cni.cncf.io/networks: [1].name (nfn-network of its definition)");
});

test("everything else stays as it is", () => {
  assert.equal(
    about("k8s.plugin.opnfv.org/nfn-network: x.ipAddress", "leave ipAddress out").details.remedy,
    "leave ipAddress out",
  );
  const fault = new AppError("Internal", "ipAddress");
  assert.equal(inMultusTerms(fault), fault);
});
