// A virtual machine that migrates between two chassis: a guest behind the interface of each of its pods, of which one runs at a time.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { resultOf } from "#lab/cluster/node-wiring.ts";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { KubeVirtStandIn } from "#test/fakes/kube/kubevirt-stand-in.ts";
import { request } from "#test/fixtures/kube/pod-manifest.ts";
import type { DatapathStack } from "../datapath/datapath-stack.ts";
import { Guest } from "./guest.ts";

/** The packets of one ping, sent every 50 ms. */
export interface PingCount {
  readonly sent: number;
  readonly lost: number;
}

interface Running {
  readonly pod: string;
  readonly guest: Guest;
  readonly host: ChassisHost;
}

export class MigratingMachine {
  readonly #stack: DatapathStack;
  readonly #folder: string;
  readonly #network: string;
  readonly #uid = randomUUID();
  readonly #kubeVirt: KubeVirtStandIn;
  #pods = 0;
  #running: Running | undefined;
  #address = "";

  private constructor(stack: DatapathStack, network: string, folder: string) {
    this.#stack = stack;
    this.#network = network;
    this.#folder = folder;
    this.#kubeVirt = new KubeVirtStandIn(stack.admission.client);
  }

  /** Starts the machine on a chassis. */
  static async start(stack: DatapathStack, network: string, host: ChassisHost, folder: string) {
    const machine = new MigratingMachine(stack, network, folder);
    machine.#running = await machine.#addPod(host, {});
    await machine.#running.guest.run("ip", "link", "set", "eth0", "up");
    return machine;
  }

  /** With the length of its prefix. */
  get address(): string {
    return this.#address;
  }

  get host(): ChassisHost {
    return this.#now.host;
  }

  /**
   * Migrates to a chassis while a pod pings. Every 50 ms one packet is sent from some time before until some time after the machine has
   * moved. `meanwhile` runs when the machine goes on and before KubeVirt says so.
   */
  async migrateTo(
    host: ChassisHost,
    pinger: Running["pod"],
    from: ChassisHost,
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<PingCount> {
    const before = this.#now;
    const job = { "kubevirt.io/migrationJobUID": randomUUID() };
    const target = await this.#addPod(host, job);
    await this.#stack.settle();
    const pods = new ResourceApi(this.#stack.admission.client, resources.pods);
    const stored = await pods.get({ namespace: "default", name: target.pod });
    const counted = this.#ping(pinger, from);
    await this.#isReached(pinger, from);
    await before.guest.run("ip", "link", "set", "eth0", "down");
    await target.guest.run("ip", "link", "set", "eth0", "up");
    await meanwhile();
    await this.#kubeVirt.targetReady(stored);
    await this.#stack.untilTraffic(() => this.#isReached(pinger, from));
    const count = await counted();
    this.#running = target;
    const gone = await pods.get({ namespace: "default", name: before.pod });
    await this.#kubeVirt.end(gone);
    await this.#remove(before);
    return count;
  }

  /** Counts 100 packets without a migration. */
  async pingQuietly(pinger: string, from: ChassisHost): Promise<PingCount> {
    const ping = ["busybox", "ping", "-i", "0.05", "-c", "100", this.#ip];
    return readCount((await from.machine.run("ip", ["netns", "exec", pinger, ...ping], { timeoutMs: 60_000 })).stdout);
  }

  get #now(): Running {
    if (this.#running === undefined) throw new Error("the machine does not run");
    return this.#running;
  }

  async #addPod(host: ChassisHost, labels: Readonly<Record<string, string>>): Promise<Running> {
    this.#pods += 1;
    const pod = `vm${this.#pods}-${this.#network}`;
    const annotations = {
      ...request({ name: this.#network, dhcp: true, claim: `vm.${this.#network}` }),
      "kubevirt.io/domain": "vm",
    };
    const machine = { "kubevirt.io": "virt-launcher", "kubevirt.io/created-by": this.#uid };
    const spec = { restartPolicy: "Never" };
    await this.#stack.addPod({ name: pod, annotations, labels: { ...machine, ...labels }, spec }, host);
    const stored = (await this.#stack.admission.plane.kubectl.get(["pod", pod])) as Parameters<typeof resultOf>[0];
    const [result] = resultOf(stored);
    const { mac_address: mac = "", ip_address: [address = ""] = [] } = result ?? {};
    this.#address = address;
    const guest = await Guest.bind({ host, pod, device: "net0", mac }, this.#folder);
    await guest.run("ip", "addr", "add", address, "dev", "eth0");
    await guest.run("ip", "link", "set", "eth0", "down");
    return { pod, guest, host };
  }

  async #remove({ pod, host }: Running): Promise<void> {
    for (const netns of [`${pod}-vm`, pod]) await host.machine.must("ip", ["netns", "del", netns]);
    await host.chassis.vsctl("--if-exists", "del-port", "br-int", `${pod}-0`);
  }

  async #isReached(pinger: string, from: ChassisHost): Promise<boolean> {
    const ping = `busybox ping -c1 -W1 ${this.#ip} >/dev/null && echo yes || true`;
    return (await from.machine.must("ip", ["netns", "exec", pinger, "sh", "-c", ping])).includes("yes");
  }

  get #ip(): string {
    return this.#address.split("/")[0] ?? "";
  }

  /** Begins to ping. The function that it gives ends that, and gives the count. */
  #ping(pinger: string, from: ChassisHost): () => Promise<PingCount> {
    const stop = join(this.#folder, "stop");
    rmSync(stop, { force: true });
    const script = `busybox ping -i 0.05 ${this.#ip} & p=$!; while [ ! -e ${stop} ]; do sleep 0.05; done; kill -INT $p; wait $p; true`;
    const output = from.machine.must("ip", ["netns", "exec", pinger, "sh", "-c", script], { timeoutMs: 120_000 });
    return async () => {
      writeFileSync(stop, "");
      return readCount(await output);
    };
  }
}

function readCount(output: string): PingCount {
  const [, sent = "0", received = "0"] = /(\d+) packets transmitted, (\d+) packets received/.exec(output) ?? [];
  return { sent: Number(sent), lost: Number(sent) - Number(received) };
}
