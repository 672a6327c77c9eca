import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimedAddresses } from "#src/ovn/claims/claimed-addresses.ts";
import { externalId, type ExternalIdName } from "#src/ovn/external-ids.ts";

const text = "0a:58:0a:00:00:05 10.0.0.5 fd00::5";
const other = "0a:58:0a:00:00:06 10.0.0.6";

function read(
  addresses: readonly string[],
  port_security: readonly string[] = [],
  ids: Partial<Record<ExternalIdName, string>> = {},
) {
  const external_ids = new Map(Object.entries(ids).map(([key, value]) => [externalId(key as ExternalIdName), value]));
  return claimedAddresses({ addresses, port_security, external_ids });
}

describe("the addresses of a port for its claim", () => {
  it("are what it waits with, or else its addresses", () => {
    assert.equal(read([], [], { "waits-with": text }), text);
    assert.equal(read([text], [other]), text);
    assert.equal(read([other], [], { "waits-with": text }), text);
  });

  it("are those of its port security after somebody edited the other column", () => {
    for (const edited of [[], [""], ["unknown"], ["dynamic"], ["0a:58:0a:00:00:05 dynamic"], ["0a:58:0a:00:00:05"]])
      assert.equal(read(edited, [text]), text, edited.join());
    assert.equal(read([""], [`${text} 10.9.0.0/24`], { "allowed-addresses": "10.9.0.0/24" }), text);
  });

  it("are nothing when no column has a MAC and IPs", () => {
    for (const edited of [[], [""], ["dynamic"], ["10.0.0.5"], ["0a:58:0a:00:00:05 dynamic"], ["x 10.0.0.5"]])
      assert.equal(read(edited, edited), undefined, edited.join());
  });
});
