// The share of the API server that the component api-priority keeps for us.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { after, before, describe, it } from "node:test";
import { loadKubeConfig } from "#src/kube/client/kube-config.ts";
import { ControlPlane, controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { createIdentities, type Identities, type ProcessName } from "#lab/kubernetes/identities.ts";
import { buildApiPriority } from "#tools/chart/choices.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { until } from "#test/assertions/until.ts";

describe("the component api-priority", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  const owned = new AsyncDisposableStack();
  let plane: ControlPlane;
  let identities: Identities;
  before(async () => {
    const { path: folder } = owned.use(createTemporaryFolder("priority"));
    plane = owned.use(await ControlPlane.start({ folder }));
    identities = await createIdentities(plane);
  });
  after(() => owned.disposeAsync());

  /** The flow schema by which the API server has served a request of this process. */
  const schemaFor = async (process: ProcessName): Promise<unknown> => {
    const token = loadKubeConfig({ path: identities[process] }).getCurrentUser()?.token ?? "";
    const asked = request(`${plane.server}/api/v1/pods?limit=1`, {
      ca: plane.authority.certificate,
      headers: { authorization: `Bearer ${token}` },
    });
    const [response] = (await once(asked.end(), "response")) as [IncomingMessage];
    response.resume();
    return response.headers["x-kubernetes-pf-flowschema-uid"];
  };

  it("is taken, and serves what webhook and controller ask, and nobody else", async () => {
    await plane.kubectl.apply(await buildApiPriority());
    const { metadata } = (await plane.kubectl.get(["flowschema", "ovn4nfv"])) as {
      readonly metadata: { readonly uid: string };
    };
    await until(async () => (await schemaFor("controller")) === metadata.uid);
    assert.equal(await schemaFor("webhook"), metadata.uid);
    assert.notEqual(await schemaFor("agent"), metadata.uid);
  });
});
