import { changeIn, mutate, type Operation, type RowChange, select, selectedRows, wait } from "ovsdb-client";
import {
  addOvsPorts,
  findNoop,
  type FoundOvsPort,
  hasLogicalPort,
  isInstalled,
  listOvsPorts,
  type NewOvsPort,
  type PortOrigin,
  removeOvsPorts,
} from "../../plumbing/ovs-ports.ts";
import {
  interfaceKeys,
  nodeTables,
  ovsBridge,
  ovsCounters,
  ovsInterface,
  ovsMirror,
  ovsPort,
  ovsQos,
  ovsRoot,
  ovsTunnel,
} from "../../plumbing/ovs-tables.ts";
import { type OvsTapping, readOvsTapping } from "../../taps/ovs-tapping.ts";
import type { OvsWiring } from "../../wires/ovs-wiring.ts";
import { readOvsWiring } from "../../wires/read-ovs-wiring.ts";
import type { TunnelStates } from "#src/api/node/gateway-lease.ts";
import type { Clock } from "#src/core/clock.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import type { Logger } from "#src/core/logger.ts";
import { DatabaseClient } from "#src/ovsdb/database-client.ts";
import { isFailedWait } from "#src/ovsdb/failed-wait.ts";
import { type ChassisTunnel, chassisTunnel } from "./default-mtu.ts";
import { mayForward, mayWaitForFlows } from "./forwarding-keeper.ts";
import { tunnelStates } from "./tunnel-states.ts";

/** The key in `external_ids` of the table Open_vSwitch by which OVN knows a chassis; see ovn-controller(8). */
const systemIdKey = "system-id";

/** It begins the keys in `other_config` of that table by which an ovn-controller marks the chassis that it is. */
const chassisMark = "ovn-chassis-idx-";

/** ovs-vswitchd in user space needs some 100 ms for a change of its bridges. */
const actLimitMs = 5_000;

export interface IntegrationBridgeOptions {
  /** Endpoint of the Open_vSwitch database. */
  readonly endpoint: string;
  /** Name of the integration bridge. */
  readonly bridge: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The facts about the chassis in the Open_vSwitch database. */
export interface ChassisFacts {
  readonly systemId: string | undefined;
  /** The names under which ovn-controllers of this Open vSwitch are chassis. Older ones do not tell. */
  readonly controllers: readonly string[];
  /** The end of the chassis' tunnels; undefined before ovn-controller's settings have it. */
  readonly tunnel: ChassisTunnel | undefined;
}

/** The public part of an `IntegrationBridge`. */
export type BridgeAccess = Pick<IntegrationBridge, keyof IntegrationBridge>;

/** The integration bridge of this node, as the Open_vSwitch database has it, and the two ways to change it. */
export class IntegrationBridge {
  readonly #options: IntegrationBridgeOptions;
  readonly #client: DatabaseClient;
  readonly #notifier: KeyedNotifier<void>;
  #changes = 0;
  #losses = 0;
  /** The ports of all rows, by name, and the number of changes at which they were listed. */
  #listed: { readonly changes: number; readonly ports: ReadonlyMap<string, FoundOvsPort> } | undefined;
  /** Names of ports that this agent took off the bridge. */
  readonly #removed = new Set<string>();

  constructor(options: IntegrationBridgeOptions) {
    this.#options = options;
    this.#notifier = new KeyedNotifier(options.clock, () => "wait for ovn-controller");
    const notify = (mayHaveLost: boolean): void => {
      this.#changes += 1;
      if (mayHaveLost) this.#losses += 1;
      this.#notifier.notify();
    };
    this.#client = new DatabaseClient({
      endpoints: [options.endpoint],
      database: "Open_vSwitch",
      tables: nodeTables,
      clock: options.clock,
      logger: options.logger,
      rereadJitterMs: 0,
      listener: {
        changed: (changes) => {
          notify(changes.some((change) => this.#mayLosePort(change)));
        },
        synced: () => {
          notify(true);
        },
        lost() {},
      },
    });
  }

  start(signal: AbortSignal): void {
    this.#client.start(signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** True while the database is connected and has the bridge. */
  get isReady(): boolean {
    return this.#client.session !== undefined && this.#bridge() !== undefined;
  }

  /** Waits for the database. Throws `NodeNotReady` when the bridge is missing, or `NotConnected` or `Aborted`. */
  async assertReady(options: CallOptions): Promise<void> {
    await this.#client.waitForSession(options);
    if (this.#bridge() === undefined) throw this.#bridgeMissing();
  }

  /** Number of changes of the database that were seen. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Number of changes by which somebody else may have taken ports off the bridge: a port went or was changed that this agent
   * did not remove, a bridge came, or the whole database was read.
   */
  get losses(): number {
    return this.#losses;
  }

  /** Resolves when there are more changes than `seen`. Throws `DeadlineExceeded` or `Aborted`. */
  whenChanged(seen: number, options: CallOptions): Promise<void> {
    return this.#notifier.until(undefined, () => this.#changes > seen, options);
  }

  /** True when this agent took the port with this name off the bridge, and has not added it again. */
  hasRemoved(hostName: string): boolean {
    return this.#removed.has(hostName);
  }

  forgetRemoved(choose: (hostName: string) => boolean): void {
    for (const name of this.#removed) if (choose(name)) this.#removed.delete(name);
  }

  /** Throws `NodeNotReady` when at this moment the database is not connected or has no bridge. */
  assertReadyNow(): void {
    if (this.#client.session === undefined)
      throw new AppError("NodeNotReady", "Open vSwitch's database is not reached");
    if (this.#bridge() === undefined) throw this.#bridgeMissing();
  }

  /** True when Open vSwitch forwards in user space. */
  get inUserSpace(): boolean {
    return this.#bridge()?.datapath_type === "netdev";
  }

  /** Undefined before the database was read. */
  get chassis(): ChassisFacts | undefined {
    const [root] = this.#client.rows(ovsRoot).values();
    if (root === undefined) return undefined;
    const marks = [...root.other_config.keys()].filter((key) => key.startsWith(chassisMark));
    return {
      systemId: root.external_ids.get(systemIdKey),
      controllers: marks.map((key) => key.slice(chassisMark.length)).sort(),
      tunnel: chassisTunnel(root.external_ids),
    };
  }

  get tunnel(): ChassisTunnel | undefined {
    return this.chassis?.tunnel;
  }

  /** The tunnels to these chassis as BFD sees them; nothing while the database is not reached, since it may be old. */
  tunnelsTo(peers: readonly string[]): TunnelStates {
    if (this.#client.session === undefined) return {};
    return tunnelStates(peers, this.#client.rows(ovsPort).values(), this.#client.rows(ovsTunnel));
  }

  /** True when ovs-vswitchd may wait for flows that are there; false while the database is not reached. */
  get mayWaitForFlows(): boolean {
    const [root] = this.#client.rows(ovsRoot).values();
    if (root === undefined || this.#client.session === undefined) return false;
    return mayWaitForFlows(root, this.#client.rows(ovsTunnel).values());
  }

  /** True when the tunnels show that ovs-vswitchd forwards, or there are none with BFD; false while the database is not reached. */
  get mayForward(): boolean {
    return this.#client.session !== undefined && mayForward(this.#client.rows(ovsTunnel).values());
  }

  /** The version of Open vSwitch, as it says itself; undefined before it was read. */
  get switchVersion(): string | undefined {
    const [root] = this.#client.rows(ovsRoot).values();
    return root?.ovs_version;
  }

  /** The bridges of the node and the mappings of physical networks; undefined while the integration bridge is not seen. */
  get wiring(): OvsWiring | undefined {
    const own = this.#bridge();
    const [root] = this.#client.rows(ovsRoot).values();
    if (root === undefined || own === undefined) return undefined;
    return readOvsWiring(root, own.datapath_type, {
      bridges: this.#client.rows(ovsBridge),
      ports: this.#client.rows(ovsPort),
      interfaces: this.#client.rows(ovsInterface),
      qos: this.#client.rows(ovsQos),
    });
  }

  /** The integration bridge as far as taps are concerned; undefined while it is not seen. */
  get tapping(): OvsTapping | undefined {
    const own = this.#bridge();
    if (own === undefined || this.#client.session === undefined) return undefined;
    const ports = this.#client.rows(ovsPort);
    return readOvsTapping(own, ports, this.#client.rows(ovsInterface), this.#client.rows(ovsMirror));
  }

  /**
   * Makes one transaction in the node's database, and gives true when ovs-vswitchd has acted on it in time. Throws the errors of
   * a session.
   */
  async change(operations: readonly Operation[], options: CallOptions): Promise<boolean> {
    const session = await this.#client.waitForSession(options);
    const count = mutate(ovsRoot, [], [["next_cfg", "+=", 1]]);
    const results = await session.transact([count, ...operations, select(ovsCounters, [], ["next_cfg"])], options);
    const asked = selectedRows(ovsCounters, results.at(-1))[0]?.row.next_cfg ?? 0;
    const acted = { where: [["cur_cfg", ">=", asked]], columns: ["cur_cfg"], until: "!=", rows: [] } as const;
    try {
      await session.transact([wait(ovsCounters, { ...acted, timeoutMs: actLimitMs })], options);
      return true;
    } catch (error) {
      if (isFailedWait(error)) return false;
      throw error;
    }
  }

  ports(): readonly FoundOvsPort[] {
    return [...this.#ports().values()];
  }

  /** The ports that `choose` picks. It waits for the database. */
  async find(choose: (port: FoundOvsPort) => boolean, options: CallOptions): Promise<readonly FoundOvsPort[]> {
    await this.#client.waitForSession(options);
    return this.ports().filter(choose);
  }

  /** Adds all ports of a call in one transaction, which replaces other ports with the same logical ports. */
  async add(ports: readonly NewOvsPort[], origin: PortOrigin, options: CallOptions): Promise<void> {
    const session = await this.#client.waitForSession(options);
    const wanted = new Set(ports.map(({ port }) => port));
    const older = this.ports().filter((port) => hasLogicalPort(port, wanted));
    const operations = addOvsPorts(
      this.#options.bridge,
      ports,
      origin,
      older.map(({ uuid }) => uuid),
      findNoop(this.#client.rows(ovsQos)),
    );
    // The mutation of next_cfg stands first, because the last result says whether the bridge exists. A process that waits for
    // cur_cfg then waits for these ports too.
    for (const { hostName } of older) this.#removed.add(hostName);
    for (const { hostName } of ports) this.#removed.delete(hostName);
    const results = await session.transact([mutate(ovsRoot, [], [["next_cfg", "+=", 1]]), ...operations], options);
    if (results.at(-1)?.count !== 1) throw this.#bridgeMissing();
  }

  async remove(ports: readonly FoundOvsPort[], options: CallOptions): Promise<void> {
    const operations = removeOvsPorts(
      this.#options.bridge,
      ports.map(({ uuid }) => uuid),
    );
    if (operations.length === 0) return;
    const session = await this.#client.waitForSession(options);
    // They are marked first, so that nobody takes them for lost.
    for (const { hostName } of ports) this.#removed.add(hostName);
    await session.transact([mutate(ovsRoot, [], [["next_cfg", "+=", 1]]), ...operations], options);
  }

  /**
   * Waits until ovn-controller has installed the flows of all these interfaces. Throws `SandboxUnknown` when one of them is
   * taken off the bridge while we wait, because a newer sandbox of the pod has the logical port then. Throws
   * `DeadlineExceeded`, which names the ports without flows, or `Aborted`.
   */
  async whenInstalled(hostNames: readonly string[], options: CallOptions): Promise<void> {
    const present = (): readonly FoundOvsPort[] => hostNames.flatMap((name) => this.#ports().get(name) ?? []);
    const areInstalled = (): boolean => {
      const here = present();
      if (this.#client.session !== undefined && here.length < hostNames.length) throw taken();
      return here.length === hostNames.length && here.every(isInstalled);
    };
    try {
      await this.#notifier.until(undefined, areInstalled, options);
    } catch (caught) {
      const error = fromUnknown(caught);
      throw error.code === "DeadlineExceeded" ? notInstalled(present(), error) : error;
    }
  }

  /** Lists the ports once for each change of the database: in a burst a hundred calls look for theirs at each. */
  #ports(): ReadonlyMap<string, FoundOvsPort> {
    if (this.#listed?.changes !== this.#changes) {
      const ports = listOvsPorts(this.#client.rows(ovsPort), this.#client.rows(ovsInterface));
      this.#listed = { changes: this.#changes, ports: new Map(ports.map((port) => [port.hostName, port])) };
    }
    return this.#listed.ports;
  }

  #mayLosePort(change: RowChange): boolean {
    if (changeIn(ovsBridge, change) !== undefined) return change.before === undefined;
    const before = changeIn(ovsPort, change)?.before;
    return before !== undefined && !this.#removed.has(before.name);
  }

  #bridge() {
    const { bridge } = this.#options;
    return this.#client
      .rows(ovsBridge)
      .values()
      .find(({ name }) => name === bridge);
  }

  #bridgeMissing(): AppError {
    return new AppError("NodeNotReady", `Open vSwitch has no bridge ${this.#options.bridge}; ovn-controller makes it`);
  }
}

function taken(): AppError {
  return new AppError("SandboxUnknown", "its ports were taken off the bridge while it was being wired");
}

function notInstalled(ports: readonly FoundOvsPort[], cause: AppError): AppError {
  const lacking = ports.filter((port) => !isInstalled(port)).map(({ ids }) => ids.get(interfaceKeys.port) ?? "");
  const message = `ovn-controller has not installed ${lacking.join(", ")} in the time allowed: look at its log, and at the port in NB`;
  return new AppError("DeadlineExceeded", message, { cause });
}
