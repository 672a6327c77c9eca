import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "#src/net/ip.ts";
import {
  defaultMacPrefix,
  isUnicast,
  type Mac,
  type MacPrefix,
  macFromHash,
  macFromIpv4,
  macFromNumber,
  parseMac,
  parseMacPrefix,
} from "#src/net/mac.ts";

const mac = (text: string): Mac => parseMac(text) ?? assert.fail(`${text} is no MAC`);
const prefix = (text: string): MacPrefix => parseMacPrefix(text) ?? assert.fail(`${text} is no MAC prefix`);

test("a MAC is the same in upper and lower case", () => {
  assert.equal(parseMac("0A:58:0a:01:02:FF"), "0a:58:0a:01:02:ff");
});

test("other separators, missing digits and a seventh octet are refused", () => {
  const wrong = [
    "0a-58-0a-01-02-ff",
    "a:58:0a:01:02:ff",
    "0a580a0102ff",
    "0a:58:0a:01:02",
    "0a:58:0a:01:02:ff:00",
    "0g:58:0a:01:02:ff",
    "0a:58:0a:01:02:ff ",
  ];
  for (const text of wrong) assert.equal(parseMac(text), undefined, text);
});

test("group addresses, broadcast and all zeros are not unicast", () => {
  assert.equal(isUnicast(mac("0a:58:00:00:00:00")), true);
  assert.equal(isUnicast(mac("01:00:5e:00:00:01")), false);
  assert.equal(isUnicast(mac("ff:ff:ff:ff:ff:ff")), false);
  assert.equal(isUnicast(mac("00:00:00:00:00:00")), false);
});

test("a prefix has one to five octets and begins unicast addresses", () => {
  assert.equal(prefix("0A:58"), defaultMacPrefix);
  assert.equal(prefix("02"), "02");
  for (const text of ["", "01:00", "00:00", "02:", "02:00:00:00:00:00", "2"])
    assert.equal(parseMacPrefix(text), undefined, text);
});

test("the automatic MAC of an IPv4 address holds the address behind the prefix", () => {
  const address = parseIp("10.1.2.255") ?? assert.fail();
  assert.equal(macFromIpv4(defaultMacPrefix, address), "0a:58:0a:01:02:ff");
  assert.equal(macFromIpv4(prefix("02:00:00"), address), "02:00:00:01:02:ff");
  assert.equal(macFromIpv4(prefix("02"), address), "02:00:0a:01:02:ff");
});

test("a MAC from a digest takes its first octets", () => {
  const digest = Uint8Array.from([0x01, 0x02, 0x0a, 0xff, 0x05, 0x06]);
  assert.equal(macFromHash(defaultMacPrefix, digest), "0a:58:01:02:0a:ff");
  assert.equal(macFromHash(prefix("02:00:00:00:00"), digest), "02:00:00:00:00:01");
});

test("counting up from a number goes through the prefix and wraps inside it", () => {
  assert.equal(macFromNumber(defaultMacPrefix, 0xfffffffen), "0a:58:ff:ff:ff:fe");
  assert.equal(macFromNumber(defaultMacPrefix, 0xffffffffn + 2n), "0a:58:00:00:00:01");
});
