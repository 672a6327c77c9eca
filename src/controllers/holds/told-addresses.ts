import type { CallOptions } from "#src/core/deadline.ts";
import type { IpAddress } from "#src/net/ip.ts";
import { printIp } from "#src/net/ip.ts";

/** The objects of one kind that may be told addresses outside. */
interface ToldSource {
  /** Gives the UIDs of the objects whose status names the address. */
  readonly uidsWith: (address: string) => Iterable<string>;
  /** Waits until all objects of the kind were read. A kind that the cluster is without has none. */
  readonly whenKnown: (options: CallOptions) => Promise<void>;
}

/**
 * The addresses outside that objects of all kinds were told they have. They stay theirs when NB has lost the rows, until the
 * objects are gone.
 */
export class ToldAddresses {
  readonly #sources: ToldSource[] = [];

  add(source: ToldSource): void {
    this.#sources.push(source);
  }

  /** Waits until the objects of all kinds were read. Before, nobody knows whose an address is. */
  async whenKnown(options: CallOptions): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.whenKnown(options)));
  }

  /** True when the status of another object names the address. */
  isToldToOther(uid: string, ip: IpAddress): boolean {
    const text = printIp(ip);
    return this.#sources.some((source) => Iterator.from(source.uidsWith(text)).some((one) => one !== uid));
  }
}
