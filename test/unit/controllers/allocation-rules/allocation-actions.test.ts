import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import {
  type AllocationState,
  decideActions,
  type LabelledPod,
} from "#src/controllers/allocation-rules/allocation-actions.ts";
import type { PortRow } from "#src/controllers/allocation-rules/allocation-rows.ts";
import { id, labelledPod, portName, row } from "#test/fixtures/controllers/labelled-pod.ts";

const leaseMs = 120_000;
const keep = { release: false } as const;
const release = { release: true, rule: "A", why: "terminated" } as const;

function observed(more: Partial<LabelledPod> = {}): LabelledPod {
  return {
    pod: labelledPod(),
    token: "valid",
    revision: 0,
    release: keep,
    results: storedResultOf(labelledPod()),
    ...more,
  };
}

const nothing: AllocationState = { pods: [], rows: [], isAsWritten: () => true, nowMs: 0, leaseMs };

const actions = (state: Partial<AllocationState>) =>
  decideActions({ ...nothing, ...state }).map((action) => {
    const rows = "rows" in action ? action.rows.length : undefined;
    const uid = "pod" in action ? action.pod?.metadata.uid : undefined;
    return [action.do, uid, rows].filter((part) => part !== undefined).join(" ");
  });

describe("decideActions", () => {
  it("does nothing for a pod that holds its ports", () => {
    assert.deepEqual(actions({ pods: [observed()], rows: [row("uid-web")] }), []);
  });

  it("binds a reservation to the pod that was stored with it", () => {
    assert.deepEqual(actions({ pods: [observed()], rows: [row("")] }), ["bind uid-web 1"]);
  });

  it("leaves an allocation alone of which a newer version has written a row in another format", () => {
    const newer = [row("uid-web"), { ...row(""), isNewer: true }];
    assert.deepEqual(actions({ pods: [observed({ release })], rows: newer }), []);
    assert.deepEqual(actions({ rows: [{ ...row(""), isNewer: true }], nowMs: leaseMs * 2 }), []);
  });

  describe("pins", () => {
    const pinned = (chassis: string | undefined) => [{ ...row("uid-web"), chassis }];
    const wanting = (wanted: string | undefined, rows: readonly PortRow[]) =>
      actions({ pods: [observed()], rows, wantedChassis: () => wanted });

    it("ports that are bound and request no chassis, or another one, to that of the pod's node", () => {
      assert.deepEqual(wanting("c-1", pinned(undefined)), ["pin uid-web 1"]);
      assert.deepEqual(wanting("c-1", pinned("c-2")), ["pin uid-web 1"]);
      assert.deepEqual(wanting("c-1", pinned("c-1")), []);
    });

    it("none when the node publishes none any more, and nothing while nobody can say", () => {
      assert.deepEqual(wanting("", pinned("c-1")), ["pin uid-web 1"]);
      assert.deepEqual(wanting("", pinned(undefined)), []);
      assert.deepEqual(wanting(undefined, pinned("c-1")), []);
    });

    it("a reservation as it is bound, at once", () => {
      const state = { ...nothing, pods: [observed()], rows: [row("")], wantedChassis: () => "c-1" };
      assert.deepEqual(
        decideActions(state).map((action) => [action.do, "chassis" in action && action.chassis]),
        [["bind", "c-1"]],
      );
    });

    it("no port of another pod", () => {
      const pods = [observed(), observed({ pod: labelledPod({ uid: "uid-copy" }) })];
      const found = decideActions({ ...nothing, pods, rows: pinned(undefined), wantedChassis: () => "c-1" });
      const pins = found.flatMap((action) => (action.do === "pin" ? [action.pod.metadata.uid] : []));
      assert.deepEqual(pins, ["uid-web"]);
    });
  });

  it("releases ports, bound or not, with the pod that owns them", () => {
    for (const uid of ["", "uid-web"]) {
      assert.deepEqual(actions({ pods: [observed({ release })], rows: [row(uid)] }), ["release uid-web 1"]);
    }
  });

  it("lets a released pod go whose ports are gone already", () => {
    assert.deepEqual(actions({ pods: [observed({ release })] }), ["release uid-web 0"]);
  });

  it("makes lost ports of a living pod again", () => {
    const [action] = decideActions({ ...nothing, pods: [observed()] });
    assert.deepEqual(action?.do === "re-create" ? action.missing : undefined, [portName]);
  });

  it("writes ports of a living pod again that somebody has edited, and nobody else's", () => {
    const state = { ...nothing, rows: [row("uid-web")], isAsWritten: () => false };
    const [action] = decideActions({ ...state, pods: [observed()] });
    assert.deepEqual(action?.do === "correct" ? action.changed : undefined, [portName]);
    const forged = decideActions({ ...state, pods: [observed({ token: "forged" })] });
    assert.deepEqual(
      forged.map((each) => each.do),
      ["report"],
    );
    assert.deepEqual(
      decideActions({ ...state, pods: [observed({ release })] }).map((each) => each.do),
      ["release"],
    );
  });

  it("puts a stripped finalizer back, unless the pod is being deleted", () => {
    const rows = [row("uid-web")];
    const stripped = labelledPod({ metadata: { finalizers: [] } });
    assert.deepEqual(actions({ pods: [observed({ pod: stripped })], rows }), ["restore-finalizer uid-web"]);
    const deleted = { finalizers: [], deletionTimestamp: "2026-01-01T01:00:00Z" };
    assert.deepEqual(actions({ pods: [observed({ pod: labelledPod({ metadata: deleted }) })], rows }), []);
  });

  it("sweeps a reservation at the end of its lease, and not before", () => {
    const rows = [row("", 1_000)];
    assert.deepEqual(actions({ rows, nowMs: leaseMs + 1_000 }), ["sweep 1"]);
    assert.deepEqual(decideActions({ ...nothing, rows, nowMs: leaseMs }), [{ do: "check-again", afterMs: 1_000 }]);
  });

  it("counts the lease from the youngest row of the allocation", () => {
    const rows = [row("", 0), { ...row("", 50_000), uuid: "row-2" }];
    assert.deepEqual(actions({ rows, nowMs: leaseMs }), ["check-again"]);
  });

  it("deletes the rows that are bound to a pod that nobody knows", () => {
    assert.deepEqual(actions({ rows: [row("uid-gone")] }), ["delete-unowned 1"]);
  });

  for (const token of ["forged", "unknown key"] as const) {
    it(`gives nothing to a pod whose token is ${token}, and takes nothing for it`, () => {
      const pods = [observed({ token })];
      assert.deepEqual(actions({ pods, rows: [row("")] }), ["report uid-web", "check-again"]);
      assert.deepEqual(actions({ pods }), ["report uid-web"]);
      assert.deepEqual(actions({ pods: [observed({ token, release })], rows: [row("")] }), [
        "release uid-web 0",
        "check-again",
      ]);
    });
  }

  it("frees nothing for a copy of the label, token and result, but lets the copy go", () => {
    const copy = observed({ pod: labelledPod({ name: "web-copy", uid: "uid-copy" }), release });
    assert.deepEqual(actions({ pods: [copy, observed()], rows: [row("uid-web")] }), ["release uid-copy 0"]);
    const living = observed({ pod: labelledPod({ name: "web-copy", uid: "uid-copy" }) });
    assert.deepEqual(actions({ pods: [living, observed()], rows: [row("uid-web")] }), [
      "report uid-copy",
      "strip-copy uid-copy",
    ]);
  });

  it("takes the marks off a living copy once the rows are bound to the original, whichever is older, and not before", () => {
    const copy = observed({ pod: labelledPod({ name: "web-copy", uid: "uid-copy" }) });
    const marks = (rows: AllocationState["rows"], pods: AllocationState["pods"]) =>
      actions({ pods, rows }).filter((action) => action.startsWith("strip-copy"));
    assert.deepEqual(marks([row("")], [copy, observed()]), []);
    assert.deepEqual(marks([], [copy, observed()]), [], "rows that were lost name nobody");
    assert.deepEqual(marks([row("uid-copy")], [copy, observed()]), ["strip-copy uid-web"]);
    assert.deepEqual(marks([row("uid-gone")], [copy, observed()]), []);
    assert.deepEqual(marks([row("uid-web"), row("uid-copy")], [copy, observed()]), [], "both have rows");
  });

  it("binds to the elder of two pods with one valid token", () => {
    const younger = labelledPod({ uid: "uid-young", metadata: { creationTimestamp: "2026-01-01T00:00:09Z" } });
    const pods = [observed({ pod: younger }), observed()];
    assert.deepEqual(actions({ pods, rows: [row("")] }), ["report uid-young", "bind uid-web 1"]);
  });

  it("gives a pod nothing of another namespace", () => {
    assert.deepEqual(actions({ pods: [observed()], rows: [row("", 0, "other")] }), [
      "check-again",
      "re-create uid-web",
    ]);
    assert.deepEqual(actions({ pods: [observed()], rows: [row("uid-web", 0, "other")] }), []);
  });

  it("lets a pod own its rows whatever another namespace reserved in its name, and deletes that after its lease", () => {
    const stray = { ...row("", 0, "other"), uuid: "row-9", name: "01C-net9" };
    const rows = [row(""), stray];
    assert.deepEqual(actions({ pods: [observed()], rows }), ["bind uid-web 1", "check-again"]);
    const late = actions({ pods: [observed()], rows: [row("uid-web"), stray], nowMs: leaseMs });
    assert.deepEqual(late, ["drop-attempts uid-web 1"]);
    assert.deepEqual(actions({ pods: [observed({ release })], rows }), ["release uid-web 2"]);
  });

  it("looks again at a forced pod when its bound passes", () => {
    const pods = [observed({ release: { release: false, againInMs: 7 } })];
    assert.deepEqual(decideActions({ ...nothing, pods, rows: [row("uid-web")] }), [{ do: "check-again", afterMs: 7 }]);
  });

  it("names the allocation of the rows it deletes", () => {
    const [action] = decideActions({ ...nothing, rows: [row("uid-gone")] });
    assert.equal(action?.do === "delete-unowned" ? action.rows[0]?.owner.allocation : undefined, id);
  });
});

describe("decideActions about interfaces that come and go", () => {
  const result = (more: object) => ({ ...(storedResultOf(labelledPod())[0] ?? assert.fail()), ...more });
  const joined = (revision: number, more: Partial<PortRow> = {}, uid = ""): PortRow => {
    const base = row(uid);
    return { ...base, uuid: "row-2", name: "01B-net2", owner: { ...base.owner, revision }, ...more };
  };
  const created = row("uid-web");
  const plugged = result({ interface: "net2", port: "01B-net2", plugged: true });
  const told = (revision: number, ...results: readonly ReturnType<typeof result>[]) =>
    observed({ revision, results: [result({}), ...results] });
  const status = (...names: readonly string[]) => {
    const text = JSON.stringify(names.map((one) => ({ interface: one })));
    const { annotations } = labelledPod().metadata;
    return labelledPod({ metadata: { annotations: { ...annotations, "k8s.v1.cni.cncf.io/network-status": text } } });
  };

  it("binds a port that joins the pod when the stored result names it", () => {
    assert.deepEqual(actions({ pods: [told(1, plugged)], rows: [created, joined(1)] }), ["bind uid-web 1"]);
  });

  it("deletes it at once when a result of its revision was stored without it", () => {
    const state = { ...nothing, pods: [told(1)], rows: [created, joined(1)] };
    assert.deepEqual(
      decideActions(state).map((action) => [action.do, "isSure" in action && action.isSure]),
      [["drop-attempts", true]],
    );
  });

  it("waits for the lease while the change may still be stored, and asks before it deletes", () => {
    const state = { pods: [told(0)], rows: [created, joined(1)] };
    assert.deepEqual(actions(state), ["check-again"]);
    assert.deepEqual(actions({ ...state, nowMs: leaseMs }), ["drop-attempts uid-web 1"]);
  });

  it("deletes attempts at the end of their own leases, however many others follow", () => {
    const [old, young] = [joined(1), joined(1, { uuid: "row-3", name: "01C-net3", firstSeenMs: 5_000 })];
    const found = decideActions({ ...nothing, pods: [told(0)], rows: [created, old, young], nowMs: leaseMs });
    assert.deepEqual(
      found.map((action) => ("rows" in action ? [action.do, action.rows] : action)),
      [["drop-attempts", [old]], { do: "check-again", afterMs: 5_000 }],
    );
  });

  it("deletes a bound port that the result does not name, after a live read, and none while no result can be read", () => {
    const rows = [created, joined(1, {}, "uid-web")];
    const [action, ...more] = decideActions({ ...nothing, pods: [told(2)], rows });
    assert.deepEqual(
      [action?.do === "drop-attempts" && [action.rows, action.isSure], more],
      [[rows.slice(1), false], []],
    );
    assert.deepEqual(actions({ pods: [observed({ revision: 2, results: undefined })], rows }), []);
    assert.deepEqual(actions({ pods: [observed({ revision: 2, results: [] })], rows }), ["drop-attempts uid-web 2"]);
  });

  it("tells that nobody has attached a plugged interface, and that its port is down once somebody has", () => {
    const down = joined(1, { isDown: true, isUp: false }, "uid-web");
    const state = (pod: LabelledPod["pod"]) => actions({ pods: [{ ...told(1, plugged), pod }], rows: [created, down] });
    assert.deepEqual(state(status("net1")), ["report-unattached uid-web"]);
    assert.deepEqual(state(status("net1", "net2")), ["report-down uid-web"]);
    assert.deepEqual(actions({ pods: [told(1, plugged)], rows: [created, joined(1, {}, "uid-web")] }), []);
  });

  it("releases an interface that leaves when both Multus and OVN have let it go", () => {
    const leaving = { ...plugged, leaving: true as const };
    const state = (pod: LabelledPod["pod"], isDown: boolean) =>
      actions({ pods: [{ ...told(2, leaving), pod }], rows: [created, joined(1, { isDown }, "uid-web")] });
    assert.deepEqual(state(status("net1", "net2"), true), []);
    assert.deepEqual(state(status("net1"), false), []);
    assert.deepEqual(state(status("net1"), true), ["unplug uid-web 1"]);
  });

  it("takes an interface out of the result whose port is gone, and never makes that port again", () => {
    const leaving = { ...plugged, leaving: true as const };
    assert.deepEqual(actions({ pods: [told(2, leaving)], rows: [created] }), ["forget-unplugged uid-web"]);
  });

  it("does nothing by a result that is older than what the ports have seen", () => {
    const rows = [{ ...created, owner: { ...created.owner, revision: 3 } }];
    assert.deepEqual(actions({ pods: [told(1, plugged)], rows }), ["report uid-web"]);
    assert.deepEqual(actions({ pods: [told(3, plugged)], rows }), ["re-create uid-web"]);
  });
});
