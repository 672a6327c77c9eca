// A thief of an account of ours can write what claims are told, and make and delete those of replicas, and nothing else.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimFinalizer, keptAnnotation, whenScaledAnnotation } from "#src/api/claim/claim-keys.ts";
import { isNotFound } from "#src/kube/client/api-error.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { apiVersionOf, resources } from "#src/kube/client/resources.ts";
import type { ControlPlane } from "#lab/kubernetes/control-plane.ts";
import { readManifests } from "#tools/manifest/manifests.ts";
import { until } from "#test/assertions/until.ts";
import { statefulSetManifest } from "#test/fixtures/kube/stateful-set.ts";

const namespace = "default";

interface Parts {
  readonly planeOf: () => ControlPlane;
  readonly clientOf: (account: string) => ApiClient;
  readonly accounts: readonly string[];
}

/** The cases of `own-writes.test.ts` that are about IPAMClaims. */
export function describeOwnClaims({ planeOf, clientOf, accounts }: Parts): void {
  describe("of IPAMClaims", () => {
    it("lets accounts of ours write annotation, finalizer and status of an IPAMClaim, and nothing else", async () => {
      await planeOf().administrator.apply(readManifests("deploy/components/ipam-claims/crd.yaml"));
      await planeOf().administrator.established("ipamclaims.k8s.cni.cncf.io");
      const claim = { namespace, name: "db" };
      const { ipamClaims } = resources;
      await new ResourceApi(clientOf("admin"), ipamClaims).create(namespace, {
        apiVersion: apiVersionOf(ipamClaims),
        kind: ipamClaims.kind,
        metadata: { ...claim, finalizers: ["example.com/other"], annotations: { note: "theirs" } },
        spec: { network: "blue", interface: "" },
      });
      for (const account of accounts) {
        const claims = new ResourceApi(clientOf(account), ipamClaims);
        let tries = 0;
        await until(() => {
          tries += 1;
          return claims.patch(claim, "merge", { metadata: { labels: { probe: `${account}${tries}` } } }).then(
            () => false,
            () => true,
          );
        });
        const patch = (body: object) => claims.patch(claim, "merge", body);
        await assert.rejects(patch({ spec: { network: "red" } }), /changes no spec/);
        await assert.rejects(patch({ metadata: { annotations: { note: null } } }), /no annotation of an IPAMClaim but/);
        await assert.rejects(patch({ metadata: { finalizers: [] } }), /no finalizer of an IPAMClaim but/);
        await assert.rejects(patch({ metadata: { labels: { more: "" } } }), /no field of an IPAMClaim's metadata but/);
        const finalizers = ["example.com/other", claimFinalizer];
        await patch({ metadata: { finalizers, annotations: { [keptAnnotation]: account } } });
        await patch({ metadata: { finalizers: ["example.com/other"] } });
      }
      const controllers = new ResourceApi(clientOf("controller"), ipamClaims);
      await controllers.patch(claim, "merge", { status: { ips: ["10.9.0.5/24"] } }, { subresource: "status" });
    });

    it("lets the controller make and delete the IPAMClaims of replicas of StatefulSets, and no others", async () => {
      const { ipamClaims } = resources;
      const claims = new ResourceApi(clientOf("controller"), ipamClaims);
      const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "kv", uid: "no-such-set", controller: true };
      const claim = (name: string, more: object = {}) => ({
        apiVersion: apiVersionOf(ipamClaims),
        kind: ipamClaims.kind,
        metadata: {
          namespace,
          name,
          annotations: { [whenScaledAnnotation]: "Retain" },
          ownerReferences: [owner],
          ...more,
        },
        spec: { network: "blue", interface: "net1" },
      });
      const makes = (name: string, more: object) => claims.create(namespace, claim(name, more));
      await assert.rejects(makes("kv-0.a", { ownerReferences: [] }), /makes no IPAMClaim but those of replicas/);
      await assert.rejects(makes("other-0.a", {}), /makes no IPAMClaim but those of replicas/);
      await assert.rejects(makes("kv-0.a", { annotations: {} }), /makes no IPAMClaim but those of replicas/);
      const kept = { annotations: { [whenScaledAnnotation]: "Retain", [keptAnnotation]: "{}" } };
      await assert.rejects(makes("kv-0.a", kept), /makes IPAMClaims with nothing of ours in them/);
      const labelled = { labels: { "k8s.plugin.opnfv.org/allocation": "a" } };
      await assert.rejects(makes("kv-0.a", labelled), /makes IPAMClaims with nothing of ours in them/);
      await assert.rejects(claims.delete({ namespace, name: "db" }), /deletes of them only those that say Delete/);
      const own = { metadata: { ownerReferences: [owner] } };
      await assert.rejects(claims.patch({ namespace, name: "db" }, "merge", own), /gives no IPAMClaim an owner but/);
      await makes("kv-0.a", { annotations: { [whenScaledAnnotation]: "Delete" } });
      // The garbage collector may be faster, because there is no such set.
      await claims.delete({ namespace, name: "kv-0.a" }).catch((error: unknown) => {
        assert.ok(isNotFound(error), String(error));
      });
    });

    it("lets the claim of a replica have labels, annotations and owners of others, which stay when its set is added", async () => {
      const { ipamClaims, statefulSets, configMaps } = resources;
      const admin = clientOf("admin");
      const made = await new ResourceApi(admin, configMaps).create(namespace, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "backup", namespace },
      });
      const set = await new ResourceApi(admin, statefulSets).create(namespace, statefulSetManifest("kw", 0, []));
      const theirs = { apiVersion: "v1", kind: "ConfigMap", name: "backup", uid: made.metadata.uid };
      const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "kw", uid: set.metadata.uid };
      const claims = new ResourceApi(clientOf("controller"), ipamClaims);
      const target = { namespace, name: "kw-0.a" };
      // A webhook of somebody else may have written them.
      await claims.create(namespace, {
        apiVersion: apiVersionOf(ipamClaims),
        kind: ipamClaims.kind,
        metadata: {
          ...target,
          labels: { team: "shop" },
          annotations: { [whenScaledAnnotation]: "Delete", note: "theirs" },
          ownerReferences: [theirs, owner],
        },
        spec: { network: "blue", interface: "net1" },
      });
      const owned = (...ownerReferences: readonly object[]) => ({ metadata: { ownerReferences } });
      await new ResourceApi(admin, ipamClaims).patch(target, "merge", owned(theirs));
      for (const wrong of [owned(owner), owned(), owned(theirs, { ...owner, name: "other" })])
        await assert.rejects(claims.patch(target, "merge", wrong), /gives no IPAMClaim an owner but/);
      await claims.patch(target, "merge", owned(theirs, owner));
      await claims.delete(target);
    });
  });
}
