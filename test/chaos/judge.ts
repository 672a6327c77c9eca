import assert from "node:assert/strict";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { PortEvent } from "#test/stacks/port-history.ts";

/** The names of a pod's ports, by its result. */
export function portsOf({ metadata }: KubeObject): readonly string[] {
  return parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "[]").map(({ port }) => port);
}

/** Fails when, at any moment, two rows that were bound to different pods held one address. */
export function assertNeverShared(events: readonly PortEvent[]): void {
  const rows = new Map<string, PortEvent>();
  const holders = new Map<string, PortEvent>();
  for (const event of events) {
    for (const address of rows.get(event.name)?.addresses ?? []) holders.delete(`${switchOf(address)} ${address}`);
    rows.delete(event.name);
    if (event.action === "delete" || event.podUid === "") continue;
    rows.set(event.name, event);
    for (const address of event.addresses) {
      const key = `${switchOf(address)} ${address}`;
      const other = holders.get(key);
      assert.equal(other, undefined, `${address}: ${other?.name ?? ""} and ${event.name} at once`);
      holders.set(key, event);
    }
  }
}

/** Fails unless each of these ports was inserted once and never deleted. */
export function assertNeverWent(ports: readonly string[], events: readonly PortEvent[]): void {
  const byName = Map.groupBy(events, ({ name }) => name);
  for (const port of ports) {
    const actions = (byName.get(port) ?? []).map(({ action }) => action).filter((action) => action !== "new");
    assert.deepEqual(actions, ["insert"], `port ${port}`);
  }
}

/** The switch of an address. This works because each network has a prefix of its own, and MACs are made from addresses. */
function switchOf(address: string): string {
  return address.includes(".") ? (address.split(".")[1] ?? "") : "";
}
