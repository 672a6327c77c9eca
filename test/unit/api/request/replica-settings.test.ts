import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { callsOf } from "#src/api/multus/multus-calls.ts";
import { refuseSettingsBesideRequest, requestOfCalls } from "#src/api/multus/multus-request.ts";
import { parseSelections } from "#src/api/multus/multus-selection.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { printIp } from "#src/net/ip.ts";

const ours = new Map([
  ["default/blue", { network: "blue", configName: "blue-net" }],
  ["default/closed", { network: "red", allowsClaims: false }],
]);

function asked(settings: object) {
  const text = JSON.stringify({ type: "ovn4nfv", interface: [{ name: "blue", ...settings }] });
  return parseRequest({ [annotationKeys.request.key]: text }).request?.interfaces[0];
}

function selections(args: object, more: object = {}) {
  return parseSelections(JSON.stringify([{ name: "blue", "cni-args": args, ...more }]), "default");
}

function selected(args: object, more: object = {}) {
  return requestOfCalls(callsOf(selections(args, more), ours))[0];
}

const lists = [["10.0.0.5", "fd00::5"], ["10.0.0.6"]];
const printed = (request: ReturnType<typeof asked>) =>
  request?.ordinalAddresses?.lists.map((list) => list.map(({ ip }) => printIp(ip)));

describe("the settings of an interface for replicas of a StatefulSet", () => {
  it("are read in a request and in cni-args of a selection, whose claims say the name of its configuration", () => {
    const request = asked({ sticky: true, ordinalAddresses: lists });
    assert.deepEqual(request?.sticky, {
      field: "k8s.plugin.opnfv.org/nfn-network: interface[0].sticky",
      network: "blue",
      whenScaled: "Retain",
    });
    assert.deepEqual(printed(request), lists);
    const one = selected({ sticky: "true", whenScaled: "Delete", ordinalAddresses: lists });
    assert.deepEqual(one?.sticky, {
      field: "k8s.v1.cni.cncf.io/networks: [0].cni-args.sticky",
      network: "blue-net",
      whenScaled: "Delete",
    });
    assert.deepEqual(printed(one), lists);
    assert.equal(asked({ sticky: false })?.sticky, undefined);
  });

  it("are refused with field and cure where they cannot be", () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ sticky: "maybe" }, /interface\[0\]\.sticky "maybe" is not "true" or "false"; write/],
      [{ sticky: true, whenScaled: "delete" }, /whenScaled "delete" is not "Retain" or "Delete"/],
      [{ whenScaled: "Delete" }, /whenScaled "Delete" is about claims .*; write "sticky": true beside it/],
      [{ sticky: true, claim: "a" }, /interface\[0\]\.claim "a" stands beside sticky, .*; remove one of the two/],
      [{ sticky: true, ipAddress: "10.0.0.5" }, /ipAddress "10.0.0.5" stands beside sticky/],
      [{ ordinalAddresses: lists, ipAddress: "10.0.0.5" }, /ipAddress "10.0.0.5" stands beside ordinalAddresses/],
      [{ sticky: true, tap: true }, /sticky "true" stands beside tap/],
      [
        { ordinalAddresses: "10.0.0.5" },
        /ordinalAddresses "10.0.0.5" is not a list of lists of addresses; write a list/,
      ],
      [{ ordinalAddresses: [["10.0.0.5"], []] }, /ordinalAddresses\[1\] \[\] names no address/],
      [{ ordinalAddresses: [["10.0.0.5"], [7]] }, /ordinalAddresses\[1\] \[7\] is not a list of lists/],
      [{ ordinalAddresses: [["10.0.0.x"]] }, /ordinalAddresses\[0\]\[0\] "10.0.0.x" is not an IPv4 or IPv6 address/],
      [
        { ordinalAddresses: [["10.0.0.5"], ["10.0.0.6,10.0.0.5"], "10.0.0.5"] },
        /ordinalAddresses\[1\]\[0\] .*is not an IPv4|ordinalAddresses\[2\] "10.0.0.5" is an address of .*ordinalAddresses\[0\] as well/,
      ],
    ];
    for (const [settings, message] of wrong) assert.throws(() => asked(settings), message);
  });

  it("are refused in a selection beside a claim or addresses, and of a definition that allows no claims", () => {
    assert.throws(
      () => selected({ sticky: true }, { "ipam-claim-reference": "a" }),
      /\[0\]\.ipam-claim-reference "a" stands beside sticky/,
    );
    assert.throws(() => selected({ ordinalAddresses: lists }, { ips: ["10.0.0.5"] }), /\[0\]\.ips .* beside ordinal/);
    assert.throws(
      () => selected({ sticky: true }, { name: "closed" }),
      /SelectionInvalid: .*cni-args\.sticky true asks for a claim, and the definition says allowPersistentIPs: false/,
    );
  });

  it("belong into the request when there is one", () => {
    assert.throws(
      () => refuseSettingsBesideRequest(selections({ sticky: true })),
      /SelectionInvalid: .*cni-args\.sticky true has no effect beside .*; write sticky there/,
    );
    refuseSettingsBesideRequest(selections({ other: true }));
  });
});
