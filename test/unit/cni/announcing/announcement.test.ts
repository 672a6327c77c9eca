import assert from "node:assert/strict";
import { test } from "node:test";
import { announcement } from "#cni/announcing/announcement.ts";
import { parseIp } from "#src/net/ip.ts";
import { parseMac } from "#src/net/mac.ts";

const mac = parseMac("0a:58:0a:01:00:05") ?? assert.fail();
const of = (text: string) => announcement(mac, parseIp(text) ?? assert.fail()).toString("hex");

test("an interface with IPv4 asks everybody for its own address", () => {
  const own = "0a580a010005";
  assert.equal(of("10.1.0.5"), `ffffffffffff${own}08060001080006040001${own}0a010005${"00".repeat(6)}0a010005`);
});

test("an interface with IPv6 alone advertises its address, with a checksum that others take", () => {
  const frame = announcement(mac, parseIp("fd00::5") ?? assert.fail());
  assert.equal(frame.subarray(0, 14).toString("hex"), "3333000000010a580a01000586dd");
  assert.equal(frame.subarray(14, 22).toString("hex"), "6000000000203aff");
  const pseudo = Buffer.concat([frame.subarray(22, 54), Buffer.from("000000200000003a", "hex"), frame.subarray(54)]);
  let sum = 0;
  for (let at = 0; at < pseudo.length; at += 2) sum += pseudo.readUInt16BE(at);
  assert.equal(((sum >>> 16) + (sum & 0xffff)) & 0xffff, 0xffff);
});
