// Finds the IPAMClaims that pods name, and after a restore of NB those that have addresses.
import { claimFinalizer, keptAnnotation } from "#src/api/claim/claim-keys.ts";
import { type IpamClaim, readIpamClaim } from "#src/api/claim/ipam-claim.ts";
import { maxAddressesOfInterface } from "#src/api/request/requested-address.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { InformerOptions } from "#src/kube/informer/informer.ts";
import { InstalledInformer } from "#src/kube/informer/installed-informer.ts";
import { claimKey } from "#src/ovn/claims/port-claim.ts";
import type { ClaimSource, KnownClaim } from "../networks/named-claims.ts";
import { NamedReader } from "./named-reader.ts";

type Parts = Pick<InformerOptions<never, never>, "clock" | "logger" | "metrics"> & { readonly client: ApiClient };

function projectClaim({ metadata, ...rest }: KubeObject): KnownClaim {
  const { network, ips, kept } = readIpamClaim(rest, metadata.annotations?.[keptAnnotation]);
  const { namespace = "", name } = metadata;
  const isDeleting = metadata.deletionTimestamp !== undefined;
  return { namespace, name, network, ips, mac: kept?.mac, isKept: kept !== undefined, isDeleting };
}

/** Keeps the IPAMClaims in memory, and reads one live that may be too new to be there. */
export class StoredClaims implements ClaimSource {
  readonly #informer: InstalledInformer<KnownClaim, "namespace">;
  readonly #reader: NamedReader<KnownClaim>;

  constructor(parts: Parts) {
    const resource = resources.ipamClaims;
    this.#reader = new NamedReader(parts.client, resource, projectClaim, parts.clock);
    this.#informer = new InstalledInformer({
      ...parts,
      name: "ipam-claims",
      resource,
      project: projectClaim,
      indexers: { namespace: ({ namespace }) => [namespace] },
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#informer.run(signal);
  }

  /**
   * A claim without addresses may have got them in the moment that the watch is behind, so it is read as well. A synced watch is
   * believed when there were many such names already: NB knows the addresses that count.
   */
  readonly find: ClaimSource["find"] = async (target, options) => {
    const known = this.#informer.get(`${target.namespace}/${target.name}`);
    if (known?.ips !== undefined && known.ips.length > 0) return known;
    if (this.#informer.hasSynced && !this.#informer.isInstalled) return "no kind";
    if (this.#informer.hasSynced && !this.#reader.mayConfirm()) return known;
    return this.#reader.read(target, options);
  };

  readonly known = (namespace: string): Iterable<KnownClaim> => this.#informer.byIndex("namespace", namespace);
}

/** Reads all IPAMClaims for which we keep addresses, in one consistent LIST. */
export async function claimsWithAddresses(
  client: ApiClient,
  cluster: string,
  options: CallOptions,
): Promise<readonly RecoveredPod[]> {
  const claims = await new ResourceApi(client, resources.ipamClaims).listInstalled({}, options);
  return claims.flatMap((object) => recoveredClaim(object, cluster) ?? []);
}

/** True while the IPAMClaim exists and has addresses of ours. */
export async function stillHasAddresses(client: ApiClient, claim: RecoveredPod, signal: AbortSignal): Promise<boolean> {
  const target = { namespace: claim.namespace, name: claim.pod };
  const found = await new ResourceApi(client, resources.ipamClaims).find(target, { signal });
  return found !== undefined && isOurs(found, claimOfObject(found));
}

function recoveredClaim(object: KubeObject, cluster: string): RecoveredPod | undefined {
  const claim = claimOfObject(object);
  if (!isOurs(object, claim)) return undefined;
  const { kept, ips = [] } = claim;
  const { namespace = "", name } = object.metadata;
  const key = claimKey({ cluster, namespace, name });
  const ports = kept === undefined ? [] : [{ network: kept.network, ips, mac: kept.mac }];
  return { allocation: key, namespace, pod: name, podUid: "", ports, keptFor: key };
}

function isOurs({ metadata }: KubeObject, { ips = [], kept }: IpamClaim): boolean {
  // No pod gets more addresses by one interface, so that a longer list was not told by us.
  const isGiven = ips.length > 0 && ips.length <= maxAddressesOfInterface;
  return isGiven && kept !== undefined && (metadata.finalizers ?? []).includes(claimFinalizer);
}

function claimOfObject({ metadata, ...rest }: KubeObject): IpamClaim {
  return readIpamClaim(rest, metadata.annotations?.[keptAnnotation]);
}
