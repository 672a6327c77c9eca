import type { OvsdbClient } from "../../src/client/client.ts";
import { insert, mutate, type Operation, remove, update } from "../../src/transaction/operations.ts";
import { logicalSwitch, logicalSwitchPort, nbGlobal, qos } from "./northbound.ts";

const keys = ["alpha", "beta", "gamma", "Ünïcode", 'quo"te', "back\\slash"];

/** Makes random writes to the rows that the client has. Some of them will be refused. */
export class RandomWrites {
  readonly #random: () => number;
  readonly #switches: readonly string[];
  readonly #ports: readonly string[];
  #names = 0;

  constructor(random: () => number, client: OvsdbClient) {
    this.#random = random;
    this.#switches = client
      .rows(logicalSwitch)
      .values()
      .map(({ name }) => name)
      .toArray();
    this.#ports = client
      .rows(logicalSwitchPort)
      .values()
      .map(({ name }) => name)
      .toArray();
  }

  /** Operations for one or two transactions. */
  operations(count: number): Operation[] {
    return Array.from({ length: count }, () => this.#operation());
  }

  /** Commands of ovn-nbctl for one transaction, none of which fails by itself. */
  commands(count: number): string[][] {
    return Array.from({ length: count }, () => this.#command());
  }

  #operation(): Operation {
    const target = this.#pick(this.#switches) ?? "none";
    const port = this.#pick(this.#ports) ?? "none";
    switch (Math.floor(this.#random() * 11)) {
      case 0:
        return insert(logicalSwitch, { name: this.#name("s"), external_ids: this.#entries() });
      case 1:
        return insert(logicalSwitch, { name: target, other_config: this.#entries() });
      case 2:
        return remove(logicalSwitch, [["name", "==", this.#random() < 0.3 ? target : "none"]]);
      case 3:
        return mutate(logicalSwitch, [["name", "==", target]], [["external_ids", "insert", this.#entries()]]);
      case 4:
        return mutate(logicalSwitch, [["name", "==", target]], [["external_ids", "delete", keys.slice(0, 3)]]);
      case 5:
        return update(logicalSwitch, [["name", "==", target]], { external_ids: this.#entries(), other_config: {} });
      case 6:
        return update(logicalSwitchPort, [["name", "==", port]], {
          addresses: this.#strings(),
          tag: this.#random() < 0.5 ? undefined : this.#number(4_000) + 1,
          up: [undefined, true, false][this.#number(3)],
        });
      case 7:
        return mutate(
          logicalSwitchPort,
          [["name", "==", port]],
          [
            ["addresses", this.#random() < 0.5 ? "insert" : "delete", this.#strings()],
            ["options", "insert", this.#entries()],
          ],
        );
      case 8:
        return insert(nbGlobal, { nb_cfg: BigInt(this.#number(2 ** 30)) ** 2n, ipsec: this.#random() < 0.5 });
      case 9:
        return mutate(
          nbGlobal,
          [],
          [
            ["nb_cfg", "+=", this.#number(1_000)],
            ["external_ids", "insert", this.#entries()],
          ],
        );
      default:
        return mutate(
          qos,
          [],
          [
            ["bandwidth", "delete", ["rate"]],
            ["priority", "+=", 1],
          ],
        );
    }
  }

  #command(): string[] {
    const target = this.#pick(this.#switches.filter((name) => /^[a-z]+[-0-9]+$/.test(name)));
    const port = this.#pick(this.#ports);
    const kind = this.#number(6);
    if (target === undefined || kind === 0) return ["ls-add", this.#name("n")];
    if (kind <= 2) return ["--", "lsp-add", target, this.#name("p")].slice(1);
    if (port === undefined || kind === 3) {
      return [
        "--may-exist",
        "qos-add",
        target,
        "to-lport",
        String(this.#number(100)),
        "ip4",
        `rate=${this.#number(99) + 1}`,
      ];
    }
    if (kind === 4) return ["--if-exists", "lsp-del", port];
    return [
      "--if-exists",
      "set",
      "Logical_Switch_Port",
      port,
      `external_ids:key${this.#number(4)}=v${this.#number(9)}`,
    ];
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}-${this.#number(1e9)}${this.#names}`;
  }

  #entries(): Record<string, string> {
    const count = this.#number(4);
    return Object.fromEntries(
      Array.from({ length: count }, () => [this.#pick(keys) ?? "", `${this.#pick(keys) ?? ""}${this.#number(5)}`]),
    );
  }

  #strings(): string[] {
    return keys.filter(() => this.#random() < 0.4);
  }

  #number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#number(items.length)];
  }
}
