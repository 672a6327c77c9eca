// `npm run soak -- northbound-members`: members of NB's cluster are compacted, added and removed while three writers allocate.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { systemClock } from "#src/core/clock.ts";
import { printIp } from "#src/net/ip.ts";
import { readNb } from "#lab/invariants/nb-snapshot.ts";
import { type ClusterMember, type OvsdbCluster, startOvsdbCluster } from "#lab/ovn/ovsdb-cluster.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import { until } from "#test/assertions/until.ts";
import { podAsking, startAllocator, type StartedAllocator } from "#test/stacks/ipam/started-allocator.ts";

const network = "blue";
const callers = 8;
/** The members from first to last; a client names those that come, as an operator does before. */
const numbers = [1, 2, 3, 4, 5];
/** Allocations that must follow each step. */
const onwards = 200;

describe("a cluster of NB whose members change, with three writers", () => {
  const owned = new AsyncDisposableStack();
  const stop = new AbortController();
  const given: string[] = [];
  const refused: unknown[] = [];
  let cluster: OvsdbCluster;
  let writers: readonly StartedAllocator[];
  let running: Promise<unknown>;

  before(async () => {
    cluster = owned.use(await startOvsdbCluster());
    await nbctl(cluster.endpoints.join(","), "init");
    await nbctl(cluster.endpoints.join(","), "ls-add", network, "--", "set", "logical_switch", network, subnet);
    const nb = { endpoints: numbers.map((number) => cluster.endpointOf(number)) };
    const started = numbers.slice(0, 3).map(() => startAllocator("", { nb }));
    writers = (await Promise.all(started)).map((writer) => owned.use(writer));
    running = Promise.all(writers.flatMap((writer) => Array.from({ length: callers }, () => allocate(writer))));
  });
  after(() => owned.disposeAsync());

  async function allocate({ allocator }: StartedAllocator): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const { ports } = await allocator.allocate(podAsking(network), {
          deadlineMs: systemClock.monotonicMs() + 9_000,
        });
        given.push(...ports.flatMap(({ addresses }) => addresses.map(({ ip }) => printIp(ip))));
      } catch (caught) {
        if (!(caught instanceof AppError && caught.disposition === "retry")) throw caught;
        refused.push(caught);
      }
    }
  }

  const goesOn = async (): Promise<void> => {
    const wanted = given.length + onwards;
    await until(() => given.length >= wanted);
  };
  const compact = async ({ controlSocket }: ClusterMember): Promise<void> => {
    await mustRun(ovnBinary("ovs-appctl"), ["-t", controlSocket, "ovsdb-server/compact"]);
  };

  it("goes on while each member is compacted", async () => {
    await goesOn();
    for (const member of cluster.members) {
      await compact(member);
      await goesOn();
    }
  });

  it("goes on while two members join", async () => {
    for (let n = 0; n < 2; n += 1) {
      await cluster.addMember();
      await goesOn();
    }
    assert.equal(cluster.members.length, 5);
  });

  it("goes on while the leader and another member leave", async () => {
    await cluster.removeMember(await cluster.leader());
    await goesOn();
    const leader = await cluster.leader();
    const follower = cluster.members.find((member) => member !== leader);
    assert.ok(follower);
    await cluster.removeMember(follower);
    await goesOn();
  });

  it("has given no address twice, and has a row for each address that was given", async (t) => {
    stop.abort();
    await running;
    t.diagnostic(`${given.length} addresses, ${refused.length} refused`);
    assert.equal(new Set(given).size, given.length);
    const { ports } = await readNb(cluster.endpoints);
    const rows = ports.flatMap(({ addresses }) => addresses.filter((word) => word.startsWith("10.")));
    assert.equal(new Set(rows).size, rows.length, "two rows have one address");
    assert.deepEqual(
      given.filter((address) => !rows.includes(address)),
      [],
    );
  });
});

const subnet = "other_config:subnet=10.0.0.0/8";
