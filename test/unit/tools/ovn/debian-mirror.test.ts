import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { debianKeys, mirrorIn, privateAptConf, sourceLine } from "#tools/ovn/debian-mirror.ts";

describe("the mirror of Debian", () => {
  it("is the one that apt names for the main archive, whatever else it names before", () => {
    const targets = [
      "|NodeSource|http://packages.invalid/node/",
      "Debian|Debian-Security|http://mirror.invalid/debian-security/",
      "Debian|Debian|http://mirror.invalid/debian/",
      "",
    ];
    assert.equal(mirrorIn(targets.join("\n")), "http://mirror.invalid/debian/");
    assert.equal(mirrorIn("Ubuntu|Ubuntu|http://mirror.invalid/ubuntu/\n"), undefined);
  });

  it("is asked for one suite, whose signature is checked", () => {
    const line = sourceLine("http://mirror.invalid/debian/", "sid");
    assert.equal(line, `deb [signed-by=${debianKeys}] http://mirror.invalid/debian/ sid main\n`);
  });
});

describe("an apt of its own", () => {
  const acquire = [
    'Acquire "";',
    'Acquire::http "";',
    'Acquire::http::Proxy "http://proxy.invalid:3128";',
    'Acquire::IndexTargets::deb::DEP-11::MetaKey "x";',
    'Acquire::Languages "none";',
  ];
  const lines = privateAptConf("/tmp/apt", acquire.join("\n")).split("\n");

  it("downloads as the machine does, without the machine's further lists", () => {
    assert.ok(lines.includes('Acquire::http::Proxy "http://proxy.invalid:3128";'));
    assert.deepEqual(
      lines.filter((line) => line.includes("IndexTargets")),
      [],
    );
  });

  it("reads neither the settings nor the installed packages of the machine", () => {
    for (const line of ['Dir "/tmp/apt";', 'Dir::Etc::parts "/dev/null";', 'Dir::State::status "/tmp/apt/status";']) {
      assert.ok(lines.includes(line), line);
    }
  });
});
