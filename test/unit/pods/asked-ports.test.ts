import assert from "node:assert/strict";
import { it } from "node:test";
import { refusal } from "#src/core/errors.ts";
import { silentLogger } from "#src/core/logger.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { checkPorts, patchedReservation, type PortOptions, reservePorts } from "#src/pods/asked-ports.ts";
import { ReservationCap } from "#src/pods/networks/reservation-cap.ts";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { interfacesOf } from "#test/fixtures/pods/pod-interfaces.ts";

const call = { signal: new AbortController().signal, deadlineMs: 1_000 };
const object = { metadata: { name: "web", labels: { app: "db" } } };
const pod = readPod(object);
const created = { object, namespace: "default", dryRun: false, username: "alice" };

function parts() {
  const fixture = new NbFixture();
  fixture.addSwitch("blue", "10.1.0.0/24");
  const rolledBack: string[] = [];
  const groups: unknown[] = [];
  const options: PortOptions = {
    allocator: {
      index: fixture.index,
      plan: (request) => Promise.resolve(planPorts(request, fixture.view)),
      allocate: (request) => {
        groups.push(request.pod);
        return Promise.resolve({ id: "01A", ports: planPorts(request, fixture.view), joins: request.joins });
      },
      rollBack: ({ id }) => {
        rolledBack.push(id);
        return Promise.resolve();
      },
    },
    cap: new ReservationCap({
      index: fixture.index,
      reservations: new ReservationWatch(fixture.clock),
      clock: fixture.clock,
      maxOpen: 0,
    }),
    gate: { pass: () => Promise.resolve({ team: "blue" }) },
    logger: silentLogger,
  };
  return { options, rolledBack, groups };
}

function demandFor(network: string) {
  const interfaces = interfacesOf({ name: network, interface: "net1" });
  const ports = interfaces.map(({ field }) => {
    return { field, network, interfaceName: "net1", addresses: [], mac: undefined };
  });
  return { interfaces, allocation: { namespace: "default", podName: "web", ports } };
}

it("all faults of what is asked for are told at once: those of the cluster, of the caller and of the planner", async () => {
  const { options } = parts();
  const check = (): never => {
    throw refusal("WireMissing", { field: "f", value: "x", reason: "r", remedy: "m" });
  };
  const gate = {
    pass: () => Promise.reject(refusal("NotAllowed", { field: "f", value: "x", reason: "r", remedy: "m" })),
  };
  await assert.rejects(checkPorts(demandFor("red"), check, [], call, { ...options, gate }), (error: Error) => {
    assert.match(error.message, /NotAllowed[\s\S]*WireMissing[\s\S]*UnknownNetwork/);
    return true;
  });
});

it("ports are reserved with what policies select their pod by", async () => {
  const { options, groups } = parts();
  const checked = await checkPorts(demandFor("blue"), () => {}, [], call, options);
  await reservePorts(checked, { object, pod }, () => {}, call, options);
  assert.deepEqual(groups, [
    { namespace: "default", namespaceLabels: { team: "blue" }, labels: { app: "db" }, ports: [] },
  ]);
});

it("ports whose patch cannot be made are given back, those of a stored pod under their own id", async () => {
  const { options, rolledBack } = parts();
  const joins = { allocation: "010", revision: 1 };
  const audited = { created, pod, namespace: "default" };
  const decision = await patchedReservation(audited, { id: "01A", ports: [], joins }, () => [], [], options);
  assert.equal(decision.reservation?.allocation, "010");
  const fails = (): never => {
    throw new Error("no key");
  };
  await assert.rejects(patchedReservation(audited, { id: "01A", ports: [], joins }, fails, [], options), /no key/);
  assert.deepEqual(rolledBack, ["01A"]);
});

it("why a patch cannot be made is told also when its ports cannot be given back", async () => {
  const { options } = parts();
  const lines: string[] = [];
  const warn = (_fields: unknown, message?: string) => void lines.push(message ?? "");
  const failing = { ...options.allocator, rollBack: () => Promise.reject(new Error("no database")) };
  const fails = (): never => {
    throw new Error("no key");
  };
  const logger = { ...silentLogger, warn } as PortOptions["logger"];
  const audited = { created, pod, namespace: "default" };
  const patching = patchedReservation(audited, { id: "01A", ports: [] }, fails, [], {
    ...options,
    allocator: failing,
    logger,
  });
  await assert.rejects(patching, /no key/);
  assert.deepEqual(lines, ["rollback failed, the sweep will free the addresses"]);
});
