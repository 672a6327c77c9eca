import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SwitchDirectory } from "#src/ipam/index/switch-directory.ts";
import { SwitchState } from "#src/ipam/index/switch-state.ts";
import { networkFromSwitch } from "#src/ovn/switches/network-from-switch.ts";

function switchState(uuid: string, name: string): SwitchState {
  const network = networkFromSwitch(uuid, { name, other_config: new Map(), external_ids: new Map() }, []);
  return new SwitchState(uuid, network, { cooldownMs: 0, randomBelow: () => 0n });
}

describe("the directory of switches", () => {
  it("finds all switches of a name, and each by its UUID", () => {
    const directory = new SwitchDirectory();
    const [one, other] = [switchState("u1", "blue"), switchState("u2", "blue")];
    for (const state of [one, other]) directory.add(state, "blue");
    assert.deepEqual(directory.named("blue"), [one, other]);
    assert.deepEqual([directory.with("u2"), directory.with("u3"), directory.named("green")], [other, undefined, []]);
    assert.deepEqual([...directory.all()], [one, other]);
  });

  it("follows a name, and leaves the others of that name alone", () => {
    const directory = new SwitchDirectory();
    const [one, other] = [switchState("u1", "blue"), switchState("u2", "blue")];
    for (const state of [one, other]) directory.add(state, "blue");
    directory.rename(one, "blue", "green");
    assert.deepEqual([directory.named("blue"), directory.named("green")], [[other], [one]]);
    directory.remove(other, "blue");
    assert.deepEqual([directory.named("blue"), directory.with("u2"), directory.with("u1")], [[], undefined, one]);
  });

  it("knows every switch that a port is on, and the ports that are on several", () => {
    const directory = new SwitchDirectory();
    const [one, other] = [switchState("u1", "blue"), switchState("u2", "green")];
    assert.deepEqual([directory.ofPort("p"), [...directory.onSeveral()]], [[], []]);
    for (const state of [one, other, other]) directory.join("p", state);
    assert.deepEqual([directory.ofPort("p"), [...directory.onSeveral()]], [[one, other], ["p"]]);
    directory.leave("p", one);
    assert.deepEqual([directory.ofPort("p"), [...directory.onSeveral()]], [[other], []]);
    for (const state of [one, other]) directory.leave("p", state);
    assert.deepEqual(directory.ofPort("p"), []);
  });
});
