import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Row, RowChange } from "ovsdb-client";
import { BoundPorts } from "#src/controllers/policies/bound-ports.ts";
import type { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { externalId, type ExternalIdName, ownerValue } from "#src/ovn/external-ids.ts";

type PortRow = Row<typeof controllerPort>;

function row(podUid: string, cluster = "c"): PortRow {
  const marks = { owner: ownerValue, allocation: "A", "pod-uid": podUid, network: "blue", cluster };
  const entries = Object.entries(marks).map(([key, value]) => [externalId(key as ExternalIdName), value] as const);
  return { external_ids: new Map(entries) } as unknown as PortRow;
}

function change(uuid: string, before: PortRow | undefined, after: PortRow | undefined): RowChange {
  return { table: "Logical_Switch_Port", uuid, before, after, deltas: {} };
}

describe("the bound ports", () => {
  it("are those of pods of this cluster, from the moment on when they are bound", () => {
    const ports = new BoundPorts("c");
    ports.fill(new Map([["0", row("z")]]));
    const reserved = row("");
    assert.deepEqual(
      [...ports.apply([change("1", undefined, reserved), change("2", undefined, row("u", "other"))])],
      [],
    );
    assert.deepEqual([...ports.apply([change("1", reserved, row("u"))])], ["u"]);
    assert.deepEqual(ports.ofPod("u"), [{ uuid: "1", podUid: "u", network: "blue" }]);
    assert.deepEqual(
      [...ports.values()].map(({ uuid }) => uuid),
      ["0", "1"],
    );
  });

  it("are forgotten with their rows", () => {
    const ports = new BoundPorts("c");
    const bound = row("u");
    ports.apply([change("1", undefined, bound), change("2", undefined, bound)]);
    ports.apply([change("1", bound, undefined)]);
    assert.deepEqual(
      ports.ofPod("u").map(({ uuid }) => uuid),
      ["2"],
    );
    ports.apply([change("2", bound, undefined)]);
    assert.deepEqual([...ports.values()], []);
  });
});
