import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { containsIp, printCidr } from "#src/net/cidr.ts";
import { cidrDifference } from "#src/net/cidr-difference.ts";
import { cidr, ip } from "#test/fixtures/ovn/sample-topology.ts";

const difference = (whole: string, ...excepts: readonly string[]): readonly string[] =>
  cidrDifference(cidr(whole), excepts.map(cidr)).map(printCidr);

describe("a prefix without others", () => {
  it("is itself where nothing of it is left out", () => {
    assert.deepEqual(difference("10.0.0.0/8"), ["10.0.0.0/8"]);
    assert.deepEqual(difference("10.0.0.0/8", "11.0.0.0/8", "fd00::/8"), ["10.0.0.0/8"]);
  });

  it("is nothing where all of it is left out", () => {
    assert.deepEqual(difference("10.0.0.0/24", "10.0.0.0/8"), []);
    assert.deepEqual(difference("10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25"), []);
  });

  it("is made of as many prefixes as there are bits between the two", () => {
    assert.deepEqual(difference("10.0.0.0/28", "10.0.0.4/30"), ["10.0.0.0/30", "10.0.0.8/29"]);
    assert.equal(difference("0.0.0.0/0", "10.1.2.3/32").length, 32);
    assert.equal(difference("::/0", "fd00::1/128").length, 128);
  });

  it("holds each address that is in the prefix and in none of the others", () => {
    const excepts = ["10.0.0.3/32", "10.0.0.64/26"].map(cidr);
    const rest = cidrDifference(cidr("10.0.0.0/24"), excepts);
    for (let n = 0; n < 256; n += 1) {
      const one = ip(`10.0.0.${n}`);
      const wanted = !excepts.some((each) => containsIp(each, one));
      assert.equal(rest.filter((each) => containsIp(each, one)).length, wanted ? 1 : 0, `10.0.0.${n}`);
    }
  });
});
