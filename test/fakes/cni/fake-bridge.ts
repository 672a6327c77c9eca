import type { BridgeAccess } from "#cni/agent/node/integration-bridge.ts";
import type { FoundOvsPort, NewOvsPort, PortOrigin } from "#cni/plumbing/ovs-ports.ts";
import { interfaceKeys } from "#cni/plumbing/ovs-tables.ts";

/** Our port, as the database would have it. */
export function portOf(hostName: string, ids: Readonly<Record<string, string>>): FoundOvsPort {
  const all = { [interfaceKeys.owner]: "ovn4nfv", [interfaceKeys.installed]: "true", ...ids };
  return { uuid: `uuid-${hostName}`, hostName, ids: new Map(Object.entries(all)) };
}

/** A bridge in memory. */
export class FakeBridge implements BridgeAccess {
  here: FoundOvsPort[];
  isReady = true;
  inUserSpace = false;
  tunnel: BridgeAccess["tunnel"] = undefined;
  mayWaitForFlows = false;
  mayForward = true;
  switchVersion: BridgeAccess["switchVersion"] = undefined;
  chassis: BridgeAccess["chassis"] = undefined;
  wiring: BridgeAccess["wiring"] = undefined;
  tunnels: Readonly<Record<string, "up" | "down">> = {};
  tapping: BridgeAccess["tapping"] = undefined;

  constructor(ports: readonly FoundOvsPort[] = []) {
    this.here = [...ports];
  }

  changes = 0;
  losses = 0;
  readonly removed = new Set<string>();

  start(): void {}
  tunnelsTo(): Readonly<Record<string, "up" | "down">> {
    return this.tunnels;
  }
  async close(): Promise<void> {}
  async assertReady(): Promise<void> {
    this.assertReadyNow();
  }
  assertReadyNow(): void {
    if (!this.isReady) throw new Error("the bridge is missing");
  }
  ports(): readonly FoundOvsPort[] {
    return this.here;
  }
  async find(choose: (port: FoundOvsPort) => boolean): Promise<readonly FoundOvsPort[]> {
    return this.here.filter(choose);
  }
  async whenChanged(): Promise<void> {}
  async change(): Promise<boolean> {
    return true;
  }
  hasRemoved(hostName: string): boolean {
    return this.removed.has(hostName);
  }
  forgetRemoved(choose: (hostName: string) => boolean): void {
    for (const name of this.removed) if (choose(name)) this.removed.delete(name);
  }
  async add(_ports: readonly NewOvsPort[], _origin: PortOrigin): Promise<void> {}
  async remove(ports: readonly FoundOvsPort[]): Promise<void> {
    this.here = this.here.filter((port) => !ports.includes(port));
  }
  async whenInstalled(): Promise<void> {}
}
