import type { IpAddress } from "#src/net/ip.ts";
import { printIp } from "#src/net/ip.ts";

/** Gives the UIDs of the objects of one kind whose status names the address. */
type ToldSource = (address: string) => Iterable<string>;

/**
 * The addresses outside that objects of all kinds were told they have. They stay theirs when NB has lost the rows, until the
 * objects are gone.
 */
export class ToldAddresses {
  readonly #sources: ToldSource[] = [];

  add(source: ToldSource): void {
    this.#sources.push(source);
  }

  /** True when the status of another object names the address. */
  isToldToOther(uid: string, ip: IpAddress): boolean {
    const text = printIp(ip);
    return this.#sources.some((source) => Iterator.from(source(text)).some((one) => one !== uid));
  }
}
