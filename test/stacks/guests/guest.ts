// A guest behind the interface of a pod, as a virtual machine is behind a bridge: a namespace with one device, which has the MAC
// of the interface and asks for everything else.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChassisHost } from "#lab/machine/chassis-host.ts";
import { until } from "#test/assertions/until.ts";

export interface GuestPlace {
  readonly host: ChassisHost;
  /** The namespace of the pod. */
  readonly pod: string;
  /** The interface of the pod, and the MAC that it has. */
  readonly device: string;
  readonly mac: string;
}

/** Tells everything that a DHCP client learned. Both clients pass it in variables. */
const tellingScript = "#!/bin/sh\necho told-for=${reason:-$1}\nenv\n";

export class Guest {
  readonly #host: ChassisHost;
  readonly #netns: string;
  readonly #folder: string;

  private constructor(host: ChassisHost, netns: string, folder: string) {
    this.#host = host;
    this.#netns = netns;
    this.#folder = folder;
  }

  /**
   * Binds a guest to the interface of a pod by a bridge, as KubeVirt does: the interface gets another name and MAC, so that the
   * bridge leads its MAC to the guest. `folder` is a folder for files of its clients.
   */
  static async bind({ host, pod, device, mac }: GuestPlace, folder: string): Promise<Guest> {
    const netns = `${pod}-vm`;
    const { machine } = host;
    await machine.must("ip", ["netns", "add", netns]);
    const lines = [
      `link set ${device} down`,
      `link set ${device} name ${device}-nic address 02:00:00:00:00:01`,
      `link add br0 type bridge`,
      `link set ${device}-nic master br0 up`,
      `link add tap0 type veth peer name eth0 netns ${netns}`,
      `link set tap0 master br0 up`,
      `link set br0 up`,
    ];
    await machine.must("ip", ["-n", pod, "-batch", "-"], { input: lines.join("\n") });
    const own = ["link set lo up", `link set eth0 address ${mac} up`];
    await machine.must("ip", ["-n", netns, "-batch", "-"], { input: own.join("\n") });
    const guest = new Guest(host, netns, folder);
    await guest.run("ethtool", "-K", "eth0", "tx", "off");
    const script = guest.#file("tell");
    writeFileSync(script, tellingScript);
    chmodSync(script, 0o755);
    return guest;
  }

  /** Runs a program in the guest. Throws `CommandFailed`. */
  run(command: string, ...args: readonly string[]): Promise<string> {
    return this.#host.machine.must("ip", ["netns", "exec", this.#netns, command, ...args], { timeoutMs: 120_000 });
  }

  /** Asks once by DHCPv4 with the client of busybox. Gives what it was told, by the names of that client. */
  async askIpv4(): Promise<ReadonlyMap<string, string>> {
    const wanted = ["mtu", "search", "staticroutes", "lease"].flatMap((option) => ["-O", option]);
    const often = ["-t", "30", "-T", "2", "-n", "-q", "-f"];
    const output = await this.run("busybox", "udhcpc", "-i", "eth0", ...often, ...wanted, "-s", this.#file("tell"));
    return toldBy(output, "bound");
  }

  /** Asks once by DHCPv6 with the client of ISC. Gives what it was told, by the names of that client. */
  async askIpv6(): Promise<ReadonlyMap<string, string>> {
    await this.run(
      "sh",
      "-c",
      "until ip -6 addr show dev eth0 scope link -tentative | grep -q fe80; do sleep 0.2; done",
    );
    const files = ["-lf", this.#file("leases6"), "-pf", this.#file("pid6"), "-cf", "/dev/null"];
    const output = await this.run("dhclient", "-6", "-1", "-v", "-sf", this.#file("tell"), ...files, "eth0");
    // It goes on in the background to renew its lease, and writes its number a moment after it has gone there.
    const pid = () => (existsSync(this.#file("pid6")) ? readFileSync(this.#file("pid6"), "utf8").trim() : "");
    await until(() => pid() !== "");
    await this.run("kill", pid());
    return toldBy(output, "BOUND6");
  }

  #file(name: string): string {
    return join(this.#folder, `${this.#netns}-${name}`);
  }
}

/** The variables of the last call with this reason. */
function toldBy(output: string, reason: string): ReadonlyMap<string, string> {
  const calls: Map<string, string>[] = [];
  let call = new Map<string, string>();
  for (const line of output.split("\n")) {
    const at = line.indexOf("=");
    if (at <= 0) continue;
    // In which order the variables come is the shell's affair.
    if (line.startsWith("told-for=")) {
      call = new Map();
      calls.push(call);
    }
    call.set(line.slice(0, at), line.slice(at + 1));
  }
  const found = calls.findLast((one) => one.get("told-for") === reason);
  if (found === undefined) throw new Error(`the client was never ${reason}: ${output.slice(-2_000)}`);
  return found;
}
