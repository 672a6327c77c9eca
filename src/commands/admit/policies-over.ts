import type { Row } from "ovsdb-client";
import { readPod } from "#src/api/pod/pod-metadata.ts";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { isGrouped, readGroupSelector } from "#src/api/policy/group-selector.ts";
import { parseResult } from "#src/api/result.ts";
import { externalId, ownerValue } from "#src/ovn/external-ids.ts";
import type { RowSource } from "#src/ovn/row-source.ts";
import { policyScope } from "#src/ovn/rows/policy-rows.ts";
import { acl, portGroup } from "#src/ovn/owned/topology-tables.ts";
import type { AdmittedManifest } from "./manifest-admission.ts";

/** Says, a line for each interface, under which policies the pod will be from its first packet on. */
export function policiesOver({ pod, stored }: AdmittedManifest, nb: RowSource): readonly string[] {
  if (stored === undefined) return [];
  const { namespace = "", annotations, labels } = readPod(stored).metadata;
  const text = annotations[annotationKeys.result.key];
  if (text === undefined) return [];
  // The ports that a policy isolates are chosen by the labels of their pods alone, in the namespace of the policy.
  const facts = { namespace, labels, namespaceLabels: {}, ports: [] };
  return parseResult(text).flatMap(({ interface: name, network }) => {
    const isolating = [...nb.rows(portGroup).values()].flatMap((group) => {
      const selector = readGroupSelector(textOf(group.external_ids, "members") ?? "");
      const isOver = selector?.network === network && isGrouped(selector, facts);
      return isOver && textOf(group.external_ids, "owner") === ownerValue ? isolatingAcls(group, nb) : [];
    });
    if (isolating.length === 0) return [];
    return [`${pod}: its interface ${name} on ${network} is isolated by ${isolating.sort().join(" and ")}`];
  });
}

function isolatingAcls({ acls }: Row<typeof portGroup>, nb: RowSource): readonly string[] {
  return [...acls].flatMap((uuid) => {
    const row = nb.rows(acl).get(uuid);
    const policy = row && textOf(row.external_ids, "policy");
    const isIsolation = row && textOf(row.external_ids, "row")?.startsWith(`${policyScope}/isolate/`);
    return isIsolation === true
      ? [`${policy ?? "a policy"} (${row.direction === "to-lport" ? "ingress" : "egress"})`]
      : [];
  });
}

function textOf(ids: ReadonlyMap<string, string>, key: Parameters<typeof externalId>[0]): string | undefined {
  return ids.get(externalId(key));
}
