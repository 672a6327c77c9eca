import assert from "node:assert/strict";
import { test } from "node:test";
import { printResult } from "#src/api/result.ts";
import { silentLogger } from "#src/core/logger.ts";
import type { RecoveredPod } from "#src/ipam/index/recovered-addresses.ts";
import { createTokenSigner, ephemeralTokenKey, type TokenKeys } from "#src/tokens/token.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { parseKubeObject } from "#src/kube/client/kube-object.ts";
import { printIp } from "#src/net/ip.ts";
import { createPodSource } from "#src/pods/stored/stored-pods.ts";
import { interfaceResult } from "#test/fixtures/pods/interface-result.ts";

const signer = await createTokenSigner(ephemeralTokenKey());
const result = printResult([
  interfaceResult({ ip_address: ["10.1.0.5/24", "fd01::5/64"], mac_address: "0a:58:0a:01:00:05" }),
]);

async function pod(
  name: string,
  changes: { result?: string; phase?: string; tokenOf?: string } = {},
): Promise<KubeObject> {
  const subject = { allocation: "01A", namespace: "default", name: changes.tokenOf ?? name, generateName: "", result };
  return parseKubeObject({
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      labels: { "k8s.plugin.opnfv.org/allocation": "01A" },
      annotations: {
        "k8s.plugin.opnfv.org/ovnInterfaces": changes.result ?? result,
        "k8s.plugin.opnfv.org/allocation-token": signer.sign(subject),
      },
    },
    spec: { restartPolicy: "Never", nodeName: "n1" },
    status: { phase: changes.phase ?? "Running" },
  });
}

function sourceOf(
  stored: readonly KubeObject[],
  keys: Pick<TokenKeys, "get"> = new Map([[signer.kid, signer.publicKey]]),
) {
  const selectors: string[] = [];
  const source = createPodSource({
    pods: {
      listByLabel: (selection, read) => {
        selectors.push(selection.labelSelector);
        return Promise.resolve(stored.map(read));
      },
      get: ({ name, uid }) =>
        Promise.resolve(stored.find(({ metadata }) => metadata.name === name && metadata.uid === uid)),
    },
    keys,
    logger: silentLogger,
  });
  return { source, selectors };
}

const { signal } = new AbortController();
const lacksAll = () => true;

test("a stored pod with a valid token holds the addresses of its result", async () => {
  const { source, selectors } = sourceOf([await pod("web")]);
  const [found, ...others] = await source.labelledPods(lacksAll, signal);
  assert.equal(others.length, 0);
  assert.deepEqual([found?.allocation, found?.pod, found?.podUid], ["01A", "web", "uid-web"]);
  assert.deepEqual(
    found?.ports.map(({ network, ips, mac }) => [network, ips.map(printIp), mac]),
    [["blue", ["10.1.0.5", "fd01::5"], "0a:58:0a:01:00:05"]],
  );
  assert.deepEqual(selectors, ["k8s.plugin.opnfv.org/allocation"]);
});

test("a label alone, another pod's token and an edited result hold nothing", async () => {
  const edited = result.replace("10.1.0.5", "10.1.0.6");
  const { source } = sourceOf([await pod("copy", { tokenOf: "web" }), await pod("edited", { result: edited })]);
  assert.deepEqual(await source.labelledPods(lacksAll, signal), []);
});

test("a pod that lacks nothing by its result is left out, and its token is not looked at", async () => {
  const asked: string[] = [];
  const lacks = ({ pod }: RecoveredPod): boolean => {
    asked.push(pod);
    return pod === "lost";
  };
  const verified: string[] = [];
  const keys = {
    get: (kid: string) => {
      verified.push(kid);
      return signer.publicKey;
    },
  };
  const { source } = sourceOf([await pod("kept"), await pod("lost")], keys);
  const found = await source.labelledPods(lacks, signal);
  assert.deepEqual([asked, found.map((one) => one.pod)], [["kept", "lost"], ["lost"]]);
  assert.equal(verified.length, 1);
});

test("a result that cannot be read holds nothing", async () => {
  const { source } = sourceOf([await pod("odd", { result: "{" })]);
  assert.deepEqual(await source.labelledPods(() => false, signal), []);
});

test("a pod that has ended and cannot run again holds nothing", async () => {
  assert.deepEqual(
    await sourceOf([await pod("job", { phase: "Succeeded" })]).source.labelledPods(lacksAll, signal),
    [],
  );
});

test("the pod of recovered addresses may run while it exists with its UID and has not ended", async () => {
  const [found] = await sourceOf([await pod("web")]).source.labelledPods(lacksAll, signal);
  assert.ok(found);
  assert.equal(await sourceOf([await pod("web")]).source.mayRun(found, signal), true);
  assert.equal(await sourceOf([]).source.mayRun(found, signal), false);
  assert.equal(await sourceOf([await pod("web")]).source.mayRun({ ...found, podUid: "another" }, signal), false);
  assert.equal(await sourceOf([await pod("web", { phase: "Failed" })]).source.mayRun(found, signal), false);
});
