// The invariants of IPAMClaims: what a claim was told is held for it by one row, and no row is kept for nobody.
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { canonicalIp, isMac } from "./address-book.ts";
import type { NbPort, NbSnapshot } from "./nb-snapshot.ts";

const prefix = "k8s.plugin.opnfv.org/";

/** True for a row of ours that keeps addresses for a claim while no pod has them. */
export function isKeptRow({ externalIds }: NbPort): boolean {
  return externalIds.has(`${prefix}claim`) && !externalIds.has(`${prefix}allocation`);
}

/** True for the two ports of a virtual machine that migrates: OVN knows the addresses on one of them, and the other waits. */
export function areMigrating([one, two, ...others]: readonly NbPort[]): boolean {
  const same = (key: string): boolean => {
    const value = one?.externalIds.get(prefix + key);
    return value !== undefined && value === two?.externalIds.get(prefix + key);
  };
  const waiting = [one, two].filter((port) => port?.externalIds.has(`${prefix}waits-with`)).length;
  return others.length === 0 && waiting === 1 && same("claim") && same("machine") && same("namespace");
}

/** Every violation, as a sentence. `claims` are all IPAMClaims; undefined when nobody has read them. */
export function claimFaults(nb: NbSnapshot, claims: readonly KubeObject[] | undefined): readonly string[] {
  const rows = Map.groupBy(
    nb.ports.filter(({ externalIds }) => externalIds.has(`${prefix}claim`)),
    claimOfRow,
  );
  const twice = [...rows].flatMap(([claim, found]) =>
    found.length < 2 || areMigrating(found)
      ? []
      : [`claim ${claim} has the rows ${found.map(({ name }) => name).join(", ")}`],
  );
  const kept = nb.ports.filter(isKeptRow).flatMap((row) => keptFaults(row, claims));
  return [...twice, ...kept, ...(claims ?? []).flatMap((claim) => toldFaults(claim, rows))];
}

function claimOfRow({ externalIds }: NbPort): string {
  return `${externalIds.get(`${prefix}namespace`) ?? ""}/${externalIds.get(`${prefix}claim`) ?? ""}`;
}

function keptFaults(row: NbPort, claims: readonly KubeObject[] | undefined): readonly string[] {
  const { name, externalIds, switchName } = row;
  const claim = claimOfRow(row);
  const wanted = `claim:${externalIds.get(`${prefix}cluster`) ?? ""}:${claim}`;
  const isThere = claims?.some(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}` === claim) ?? true;
  return [
    ...(name === wanted ? [] : [`row ${name} keeps the claim ${claim}, whose row is ${wanted}`]),
    ...(switchName === undefined ? [`row ${name} is on no switch`] : []),
    ...(isThere ? [] : [`row ${name} is kept for a claim that is not there`]),
  ];
}

/** A claim of ours that names addresses has them in NB, in one row. */
function toldFaults(claim: KubeObject, rows: ReadonlyMap<string, readonly NbPort[]>): readonly string[] {
  const { namespace = "", name, finalizers = [] } = claim.metadata;
  const told = ((claim["status"] as { readonly ips?: readonly string[] } | undefined)?.ips ?? []).map(plain).sort();
  if (told.length === 0 || !finalizers.includes(`${prefix}ipam-claim`)) return [];
  const found = rows.get(`${namespace}/${name}`) ?? [];
  const row = found.find(({ addresses }) => addresses.length > 0) ?? found[0];
  if (row === undefined) return [`claim ${namespace}/${name} has ${told.join(", ")}, and NB has no row of it`];
  const held = row.addresses.flatMap((word) => (isMac(word) ? [] : (canonicalIp(word) ?? []))).sort();
  if (held.join() === told.join()) return [];
  return [`claim ${namespace}/${name} has ${told.join(", ")}, and its row ${row.name} has ${held.join(", ")}`];
}

function plain(text: string): string {
  return canonicalIp(text.replace(/\/.*$/, "")) ?? text;
}
