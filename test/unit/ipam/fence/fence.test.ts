import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert, type Operation } from "ovsdb-client";
import { Fence } from "#src/ipam/fence/fence.ts";
import { nbGlobal } from "#src/ovn/nb-tables.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

/** An NB with its one row in NB_Global. It says whether a transaction was committed. */
function database() {
  const nb = new NbFixture();
  nb.commit(insert(nbGlobal, {}));
  return (operations: readonly Operation[]): boolean => nb.nb.execute(operations).after !== undefined;
}

function written(fence: Fence, commits: (operations: readonly Operation[]) => boolean, read?: string): string {
  const { number, operations } = fence.write(read);
  assert.ok(commits(operations));
  fence.confirm(number);
  return number.toString();
}

describe("the fence", () => {
  it("counts up from its start and never uses a number twice, even one that was not confirmed", () => {
    const fence = new Fence("replica", 100n);
    const numbers = [fence.write(undefined), fence.write("101"), fence.writeFirst()].map(({ number }) => number);
    assert.deepEqual(numbers, [101n, 102n, 103n]);
    assert.equal(fence.current, undefined);
    fence.confirm(103n);
    assert.equal(fence.current, "103");
  });

  it("judges what it reads: its own numbers since the last confirmed one, anything else is a restore", () => {
    const fence = new Fence("replica", 100n);
    assert.equal(fence.judge("7"), "first");
    fence.confirm(fence.write(undefined).number);
    fence.write("101");
    const verdicts = { "100": "restored", "101": "ours", "102": "ours", "103": "restored", junk: "restored" };
    for (const [value, verdict] of Object.entries(verdicts)) assert.equal(fence.judge(value), verdict, value);
    assert.equal(fence.judge(undefined), "restored");
  });

  it("lets a transaction of an older number commit no more", () => {
    const commits = database();
    const fence = new Fence("replica", 100n);
    const first = written(fence, commits);
    assert.ok(commits([fence.waitFor(first)]));
    const second = written(fence, commits, first);
    assert.equal(commits([fence.waitFor(first)]), false);
    assert.ok(commits([fence.waitFor(second)]));
  });

  it("cannot be turned back by a write that was overtaken", () => {
    const commits = database();
    const fence = new Fence("replica", 100n);
    const first = written(fence, commits);
    const late = fence.write(first).operations;
    const second = written(fence, commits, first);
    assert.equal(commits(late), false);
    assert.ok(commits([fence.waitFor(second)]));
    assert.equal(commits(fence.write(undefined).operations), false, "nor by one that saw no key");
  });

  it("leaves the key of another replica alone", () => {
    const commits = database();
    const [one, two] = [new Fence("one", 100n), new Fence("two", 200n)];
    written(one, commits);
    written(two, commits);
    assert.ok(commits([one.waitFor("101"), two.waitFor("201")]));
  });

  it("can be written to an NB that has no NB_Global row yet", () => {
    const nb = new NbFixture();
    const fence = new Fence("replica", 100n);
    assert.ok(nb.nb.execute(fence.writeFirst().operations).after);
    assert.ok(nb.nb.execute([fence.waitFor("101")]).after);
  });
});
