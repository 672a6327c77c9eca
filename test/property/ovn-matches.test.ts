// A text of a spec that ended a string of a match could say whatever it likes after it.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseNetwork } from "#src/api/network/network-config.ts";
import { networkSpecSchema } from "#src/api/network/network-schema.ts";
import type { DesiredRow } from "#src/ovn/owned/owned-rows.ts";
import { chainRows } from "#src/ovn/rows/chain-rows.ts";
import { providerRouterRows } from "#src/ovn/rows/provider-router-rows.ts";
import { reachRows } from "#src/ovn/rows/reach-rows.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const hostile = fc.constantFrom('"', "\\", "}", "{", " || ip4", "//", "\n", "$set", "@group", "&&", "é");
const text = fc.oneof(
  fc.array(fc.oneof(hostile, fc.stringMatching(/^[a-z0-9.-]{1,6}$/)), { maxLength: 8 }).map((parts) => parts.join("")),
  fc.string(),
);
const port = String.raw`"(?:[^"\\]|\\.)*"`;

const matchesOf = (rows: readonly DesiredRow[]): readonly string[] =>
  rows.flatMap(({ columns: { match } }) => (typeof match === "string" ? [match] : []));

/** Takes the strings out of a match, as OVN reads them. */
const bare = (match: string): string => match.replaceAll(new RegExp(port, "gs"), "?");

test("no name in reachableFrom gets into a match that is not the name of an object", () => {
  const known = new Set(["hall", "yard.shop"]);
  fc.assert(
    fc.property(fc.array(fc.oneof(text, fc.constantFrom(...known))), (networks) => {
      const spec = { ipv4Subnets: [{ subnet: "10.1.0.0/24" }], reachableFrom: { networks, namespaces: networks } };
      const config = parseNetwork({ metadata: { name: "room", namespace: "shop", uid: "u" }, spec });
      const written = networks.filter((one) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(one));
      for (const from of [networks, config.reachableFrom?.networks ?? [], config.reachableFrom?.namespaces ?? []]) {
        const [open = "", closed] = matchesOf(reachRows(config, from));
        assert.match(open, /^inport == \{("[a-z0-9.-]+"(, )?)+\} && outport == "rtos-room"$/);
        assert.equal(closed, 'outport == "rtos-room"');
        const named = [...open.matchAll(/"rtos-([^"]+)"/g)].map(([, name = ""]) => name);
        assert.ok(named.every((name) => name === "room" || written.includes(name)));
        for (const name of known) assert.equal(named.includes(name), from.includes(name));
      }
    }),
  );
});

test("whatever a network is called, its matches are of the same form", () => {
  fc.assert(
    fc.property(text, (name) => {
      const end = (subnet: string) => ({ name, subnets: [cidr(subnet)] });
      const hops = [[{ name: "f", left: [ip("10.0.0.5")], right: [ip("10.1.0.5")] }]];
      const networks = [end("10.0.0.0/24"), end("10.1.0.0/24")];
      for (const match of matchesOf(chainRows({ uid: "u", networks, hops, onFailure: "Drop" }))) {
        assert.match(bare(match), /^inport == \? && ip4\.(src|dst) == [0-9./]+ && ip4\.(src|dst) == [0-9./]+$/);
      }
      const closed = matchesOf(providerRouterRows({ name, uid: "u", addresses: [], chassis: [] }));
      assert.deepEqual(closed.map(bare), ["inport == ? || outport == ?"]);
      assert.deepEqual(matchesOf(reachRows({ name, uid: "u" }, [])).map(bare), [
        "inport == {?, ?} && outport == ?",
        "outport == ?",
      ]);
    }),
  );
});

test("the CRD takes only names in reachableFrom", () => {
  const reach = networkSpecSchema.pick({ reachableFrom: true });
  fc.assert(
    fc.property(text, (one) => {
      const fits = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(one) && one.length <= 63;
      for (const field of ["networks", "namespaces"]) {
        assert.equal(reach.safeParse({ reachableFrom: { [field]: [one] } }).success, fits, one);
      }
    }),
  );
});
