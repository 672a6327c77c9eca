import { claimKey, type ClaimName, claimOf } from "#src/ovn/port-claim.ts";

type ExternalIds = ReadonlyMap<string, string>;

const nobody: ReadonlySet<string> = new Set();

/** The ports that hold addresses for IPAMClaims, and the claims that plans of this process are about to take. */
export class ClaimedPorts {
  readonly #byClaim = new Map<string, ReadonlySet<string>>();
  /** Keys of claims whose plans are in flight. */
  readonly withheld = new Set<string>();

  /** Gives the claim of the port, when it has one. */
  add(uuid: string, ids: ExternalIds): ClaimName | undefined {
    const claim = claimOf(ids);
    if (claim !== undefined) this.#byClaim.set(claimKey(claim), new Set([...this.of(claim), uuid]));
    return claim;
  }

  /** Gives the claim of the port, when it had one. */
  remove(uuid: string, ids: ExternalIds): ClaimName | undefined {
    const claim = claimOf(ids);
    if (claim === undefined) return undefined;
    const left = new Set(this.of(claim));
    left.delete(uuid);
    if (left.size === 0) this.#byClaim.delete(claimKey(claim));
    else this.#byClaim.set(claimKey(claim), left);
    return claim;
  }

  /** Counts the claims of the same namespace whose plans are in flight. */
  withheldOf(claim: ClaimName): number {
    const prefix = claimKey({ ...claim, name: "" });
    return [...this.withheld].filter((key) => key.startsWith(prefix)).length;
  }

  /** UUIDs of the ports of the claim: that of a pod, or the row that keeps it. Two of them are a clash. */
  of(claim: ClaimName): ReadonlySet<string> {
    return this.#byClaim.get(claimKey(claim)) ?? nobody;
  }

  /** Keys of all claims that have a port. */
  keys(): IterableIterator<string> {
    return this.#byClaim.keys();
  }
}
