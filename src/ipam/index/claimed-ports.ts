import { claimKey, type ClaimName, claimOf } from "#src/ovn/claims/port-claim.ts";

type ExternalIds = ReadonlyMap<string, string>;

interface Claiming {
  readonly key: string;
  readonly waits: boolean;
}

const nobody: ReadonlySet<string> = new Set();

/** The ports that hold addresses for IPAMClaims, and the claims that plans of this process are about to take. */
export class ClaimedPorts {
  readonly #byClaim = new Map<string, ReadonlySet<string>>();
  readonly #byPort = new Map<string, Claiming>();
  /** Keys of claims whose plans are in flight. */
  readonly withheld = new Set<string>();

  /** Gives the claim of the port, when it has one. */
  add(uuid: string, ids: ExternalIds): ClaimName | undefined {
    const claim = claimOf(ids);
    if (claim === undefined) return undefined;
    this.#byClaim.set(claimKey(claim), new Set([...this.of(claim), uuid]));
    this.#byPort.set(uuid, { key: claimKey(claim), waits: claim.waitsWith !== undefined });
    return claim;
  }

  /** Gives the claim of the port, when it had one. */
  remove(uuid: string, ids: ExternalIds): ClaimName | undefined {
    const claim = claimOf(ids);
    if (claim === undefined) return undefined;
    this.#byPort.delete(uuid);
    const left = new Set(this.of(claim));
    left.delete(uuid);
    if (left.size === 0) this.#byClaim.delete(claimKey(claim));
    else this.#byClaim.set(claimKey(claim), left);
    return claim;
  }

  /** UUIDs of the ports of the claim: that of a pod, or the row that keeps it. Two of them are a clash, unless one waits. */
  of(claim: ClaimName): ReadonlySet<string> {
    return this.#byClaim.get(claimKey(claim)) ?? nobody;
  }

  /** True when the ports may have the same addresses: they have one claim, and one of them waits for the other. */
  sharesAddresses(uuid: string, other: string): boolean {
    const [one, two] = [this.#byPort.get(uuid), this.#byPort.get(other)];
    return one !== undefined && one.key === two?.key && (one.waits || two.waits);
  }

  /** Keys of all claims that have a port. */
  keys(): IterableIterator<string> {
    return this.#byClaim.keys();
  }
}
