import assert from "node:assert/strict";
import { test } from "node:test";
import { compareIp, equalIp, type IpAddress, offsetIp, parseIp, printIp } from "#src/net/ip.ts";

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(`${text} is no address`);

test("an IPv4 address is its 32-bit number", () => {
  assert.deepEqual(parseIp("10.1.2.3"), { family: 4, value: 0x0a010203n });
  assert.deepEqual(parseIp("255.255.255.255"), { family: 4, value: 0xffffffffn });
});

test("what some readers take for IPv4 is refused: octal, hexadecimal, short, blank and masked forms", () => {
  const wrong = [
    "010.0.0.1",
    "0x7f.0.0.1",
    "10.1",
    "1.2.3.4.5",
    "256.0.0.1",
    " 1.2.3.4",
    "1.2.3.4/8",
    "1.2.3.-4",
    "1..2.3",
    "",
  ];
  for (const text of wrong) assert.equal(parseIp(text), undefined, text);
});

test("IPv6 is read in full, shortened, upper case and with a dotted tail", () => {
  assert.equal(ip("2001:0DB8:0:0:0:0:0:1").value, 0x20010db8_00000000_00000000_00000001n);
  assert.equal(ip("::").value, 0n);
  assert.equal(ip("fe80::").value, 0xfe80n << 112n);
  assert.equal(ip("1:2:3:4:5:6:7::").value, 0x0001_0002_0003_0004_0005_0006_0007_0000n);
  assert.equal(ip("64:ff9b::192.0.2.33").value, (0x64ff9bn << 96n) | 0xc0000221n);
});

test("malformed IPv6 is refused", () => {
  const wrong = [
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "1::2::3",
    ":::",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "[::1]",
    "1.2.3.4::",
    "::1.2.3",
    "::1.2.3.4:5",
    `::${"0".repeat(50)}`,
  ];
  for (const text of wrong) assert.equal(parseIp(text), undefined, text);
});

test("IPv6 is printed as RFC 5952 recommends", () => {
  const printed = {
    "2001:DB8::0001": "2001:db8::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "1:0:0:0:0:0:0:0": "1::",
    "0:0:0:0:0:0:0:0": "::",
    "0:0:0:0:0:0:0:1": "::1",
    "::FFFF:c000:0201": "::ffff:192.0.2.1",
  };
  for (const [written, expected] of Object.entries(printed)) assert.equal(printIp(ip(written)), expected);
});

test("IPv4 with its highest bit set is printed without a sign", () => {
  assert.equal(printIp(ip("255.0.128.1")), "255.0.128.1");
});

test("equality looks at the family, not the number alone", () => {
  assert.equal(equalIp(ip("0.0.0.1"), ip("::1")), false);
  assert.equal(equalIp(ip("::1"), ip("0::1")), true);
});

test("addresses sort IPv4 first, then by number and not by text", () => {
  const sorted = ["::1", "10.0.0.10", "10.0.0.9", "::"].map(ip).sort(compareIp).map(printIp);
  assert.deepEqual(sorted, ["10.0.0.9", "10.0.0.10", "::", "::1"]);
});

test("an offset past either end of the family has no address", () => {
  assert.deepEqual(offsetIp(ip("10.0.0.255"), 1n), ip("10.0.1.0"));
  assert.deepEqual(offsetIp(ip("10.0.1.0"), -1n), ip("10.0.0.255"));
  assert.equal(offsetIp(ip("255.255.255.255"), 1n), undefined);
  assert.equal(offsetIp(ip("::"), -1n), undefined);
});
