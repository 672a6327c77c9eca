// Webhook and controller as real processes on a Northbound database into which somebody writes rows of every kind.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import type { NetworkStatus } from "#src/api/network/network-schema.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { dumpDatabase, nbctl, type OvsdbServer, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import { printFlags } from "#lab/kubernetes/control-plane-flags.ts";
import { RawWriter } from "#packages/ovsdb-client/test/integration/raw-writer.ts";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import { runCommand } from "#tools/process/command.ts";
import { readJsonLines } from "#tools/process/log-lines.ts";
import type { ManagedProcess } from "#tools/process/process.ts";
import { root } from "#tools/source-files.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { until } from "#test/assertions/until.ts";
import { seededRandom } from "#test/fakes/seeded-random.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";
import { type DatabaseSchema, readSchema } from "#test/fixtures/ovn/nb-schema.ts";
import { type KnownRows, RandomRows } from "#test/fixtures/ovn/random-rows.ts";
import { AdmissionStack } from "./admission-stack.ts";
import { controllerProcess, runCheck } from "./controller-process.ts";
import { NbReader } from "./ipam/nb-reader.ts";
import { networkManifest } from "./network-stack.ts";

export interface OddRowsOptions {
  readonly seed: number;
  /** Transactions before webhook and controller start. */
  readonly before: number;
  /** Rounds under the running processes, and the transactions of each. */
  readonly rounds: number;
  readonly perRound: number;
  readonly say: (text: string) => void;
}

/** The switch that nobody writes to but us. */
const clean = "clean";
const database = "OVN_Northbound";
/** Pods are refused while a lost fence is taken for a restore. */
const flags = { "restore-quiet-time": "1s" };

/** Fails when a process ends, is not ready, knows another NB than a new process, or refuses a pod on a clean switch. */
export async function runOddRows({ seed, before, rounds, perRound, say }: OddRowsOptions): Promise<void> {
  await using server = await startOvsdbServer();
  using writer = new OddWriter(server, await readSchema(server.endpoint), seededRandom(seed));
  await nbctl(server.endpoint, "init");
  await writer.begin();
  await writer.write(before);
  await using stack = await AdmissionStack.start({
    nb: [server.endpoint],
    flags,
    reviewTimeoutSeconds: 30,
    before: async ({ administrator }) => {
      await administrator.apply(readManifests("deploy/crds/networks.yaml"));
      await administrator.established("networks.k8s.plugin.opnfv.org");
    },
  });
  await using controller = controllerProcess(stack);
  await controller.start();
  const { metadata } = (await stack.plane.kubectl.get(["namespace", "kube-system"])) as KubeObject;
  await using reader = await NbReader.start(server.endpoint, metadata.uid);
  const processes = [controller, ...stack.replicas.map(({ process }) => process)];
  const pids = processes.map(({ pid }) => pid);
  const networks = ["blue", "green"].map((name, n) =>
    networkManifest(name, { ipv4Subnets: [{ subnet: `10.${20 + n}.0.0/24` }] }),
  );
  await stack.plane.administrator.apply(networks);
  const given = new Map<string, string>();
  for (let round = 1; round <= rounds; round += 1) {
    await writer.write(perRound);
    await nbctl(server.endpoint, "init");
    await assertServes(stack, `pod-${round}`, given);
    assert.deepEqual(tellProcesses(processes), pids, "no process was ended by a row");
    await using fresh = await NbReader.start(server.endpoint, metadata.uid);
    await assertSameIndex(reader, fresh, `the index after round ${round} is that of a new process`);
    say(`round ${round}: ${writer.told()}`);
  }
  writer.assertMostTaken();
  await stack.plane.kubectl.apply([networkManifest("after", { ipv4Subnets: [{ subnet: "10.30.0.0/24" }] })]);
  await untilReady(stack, { controller, writer }, "after");
  await assertToolsWork(stack);
  for (const process of processes) {
    const defects = defectsIn(process);
    assert.deepEqual(defects, [], `${process.spec.name} logged defects`);
    await process.restart();
  }
  stack.balancer.add(stack.replicas[0]?.admissionPort ?? 0);
  await assertServes(stack, "last", given);
}

/** Writes random rows, and counts what the server took. */
class OddWriter implements Disposable {
  readonly #server: OvsdbServer;
  readonly #rows: RandomRows;
  readonly #raw: RawWriter;
  readonly #tables = new Map<string, number>();
  #taken = 0;
  #refused = 0;
  #cleanUuid = "";

  constructor(server: OvsdbServer, schema: DatabaseSchema, random: () => number) {
    this.#server = server;
    const read = controllerTables.map(({ name }) => name);
    this.#rows = new RandomRows(schema, random, read);
    this.#raw = new RawWriter(server.endpoint);
  }

  /** Makes the clean switch. */
  async begin(): Promise<void> {
    const keys = ["allowed-namespaces=*", 'subnets="10.60.0.0/16"'].map(
      (pair) => `external_ids:k8s.plugin.opnfv.org/${pair}`,
    );
    await nbctl(this.#server.endpoint, "ls-add", clean, "--", "set", "Logical_Switch", clean, ...keys);
    const uuid = await nbctl(
      this.#server.endpoint,
      "--bare",
      "--columns=_uuid",
      "find",
      "Logical_Switch",
      `name=${clean}`,
    );
    this.#cleanUuid = uuid.trim();
  }

  async write(transactions: number): Promise<void> {
    for (let n = 0; n < transactions; n += 1) {
      if (n % 25 === 0) this.#rows.know(await this.#known());
      const operations = this.#rows.operations();
      const reply = (await this.#raw.transact(database, operations)) as readonly ({ readonly error?: string } | null)[];
      if (reply.some((result) => typeof result?.error === "string")) this.#refused += 1;
      else this.#taken += 1;
    }
  }

  async removeNamed(table: string, name: string): Promise<void> {
    await this.#raw.transact(database, [{ op: "delete", table, where: [["name", "==", name]] }]);
  }

  /** Fails when the server refused so many that processes have seen few odd rows. */
  assertMostTaken(): void {
    assert.ok(this.#taken > 2 * this.#refused, this.told());
  }

  told(): string {
    const tables = [...this.#tables].map(([name, count]) => `${count} ${name}`).join(", ");
    return `${this.#taken} transactions taken, ${this.#refused} refused; ${tables}`;
  }

  [Symbol.dispose](): void {
    this.#raw.close();
  }

  async #known(): Promise<KnownRows> {
    const tables = await dumpDatabase(this.#server.endpoint, database);
    const uuids = new Map<string, readonly string[]>();
    const lures = new Set<string>();
    for (const [table, rows] of tables) {
      this.#tables.set(table, rows.length);
      const all = rows.map(({ _uuid }) => (_uuid as readonly [string, string])[1]);
      uuids.set(
        table,
        all.filter((uuid) => uuid !== this.#cleanUuid),
      );
      for (const { external_ids, name } of rows) {
        if (typeof name === "string" && name !== clean && name.length < 100) lures.add(name);
        const pairs =
          (external_ids as readonly [string, readonly (readonly [string, string])[]] | undefined)?.[1] ?? [];
        for (const [, value] of pairs) if (value !== clean && value.length < 100) lures.add(value);
      }
    }
    return { uuids, lures: [...lures] };
  }
}

/** Webhook and controller go on writing, so that the two are the same in some moment only. A lasting difference fails. */
async function assertSameIndex(reader: NbReader, fresh: NbReader, what: string): Promise<void> {
  await until(async () => {
    await Promise.all([reader.caughtUp(), fresh.caughtUp()]);
    return isDeepStrictEqual(reader.known(), fresh.known());
  }, 20_000).catch(() => {
    assert.deepEqual(reader.known(), fresh.known(), what);
  });
}

/** Creates a pod on the clean switch. The address must be one that no living pod has. */
async function assertServes(stack: AdmissionStack, name: string, given: Map<string, string>): Promise<void> {
  let pod: KubeObject | undefined;
  let told = "";
  await until(async () => {
    try {
      pod = await stack.create(podManifest({ name, annotations: request({ name: clean }) }));
    } catch (caught) {
      told = String(caught);
    }
    return pod !== undefined;
  }, 60_000).catch((error: unknown) => assert.fail(`${String(error)}: ${told}`));
  assert.ok(pod);
  for (const address of resultOf(pod).flatMap(({ ip_address: all }) => all)) {
    assert.equal(given.get(address), undefined, `${address} is given once`);
    given.set(address, name);
  }
  for (const replica of stack.replicas) {
    const { status } = await fetch(`http://127.0.0.1:${replica.operationsPort}/readyz`, {
      headers: { connection: "close" },
    });
    assert.equal(status, 200, "the webhook is ready");
  }
}

/**
 * Waits until a Network is ready, and does what its status says where a row took a name that we need. Fails with what the status and the
 * controller's last lines say.
 */
async function untilReady(
  stack: AdmissionStack,
  { controller, writer }: { readonly controller: ManagedProcess; readonly writer: OddWriter },
  name: string,
): Promise<void> {
  let ready: NonNullable<NetworkStatus["conditions"]>[number] | undefined;
  await until(async () => {
    const network = (await stack.plane.kubectl.get([`network/${name}`])) as KubeObject & {
      readonly status?: NetworkStatus;
    };
    ready = network.status?.conditions?.find(({ type }) => type === "Ready");
    const taken = /^the name (\S+), which the routers of all networks need, belongs to a (\w+) /.exec(
      ready?.message ?? "",
    );
    if (taken !== null) await writer.removeNamed(taken[2] ?? "", taken[1] ?? "");
    return ready?.status === "True";
  }, 60_000).catch((error: unknown) => {
    assert.fail(`${String(error)}: ${JSON.stringify(ready)}\n${controller.logTail(20)}`);
  });
}

/** The commands of people say what they find, and never that they have a defect. */
async function assertToolsWork(stack: AdmissionStack): Promise<void> {
  const check = await runCheck(stack, { flags: { "settle-time": "1s" } });
  assert.ok([0, 4].includes(check.code), `check: ${check.stderr}`);
  const nb = { nb: stack.nb.join(",") };
  const both = { ...nb, kubeconfig: stack.plane.adminKubeconfig };
  const commands = [
    { words: ["networks"], flags: nb },
    { words: ["addresses", clean], flags: nb },
    { words: ["pods"], flags: both },
    { words: ["doctor", "--timeout=10s"], flags: both },
  ];
  await Promise.all(
    commands.map(async ({ words, flags: own }) => {
      const args = [`${root}/src/main.ts`, ...words, ...printFlags(own)];
      const { code, stderr } = await runCommand(process.execPath, args, { timeoutMs: 60_000 });
      assert.doesNotMatch(stderr, /Internal|TypeError|RangeError|    at /, words.join(" "));
      assert.ok([0, 5].includes(code), `${words.join(" ")}: exit code ${code}\n${stderr}`);
    }),
  );
}

function tellProcesses(processes: readonly ManagedProcess[]): readonly (number | string)[] {
  return processes.map((process) =>
    process.running ? process.pid : `${process.spec.name} ended:\n${process.logTail(5)}`,
  );
}

/** The lines of a log that tell of a defect of ours. */
function defectsIn(process: ManagedProcess): readonly string[] {
  return readJsonLines(process.spec.logFile)
    .filter((line) => {
      const { err } = line as { readonly err?: { readonly code?: string; readonly type?: string } };
      return (
        err !== undefined &&
        (err.code === "Internal" || /^(?!App|Kube)\w*(Type|Range|Syntax)Error$/.test(err.type ?? ""))
      );
    })
    .map((line) => JSON.stringify(line).slice(0, 2_000));
}
