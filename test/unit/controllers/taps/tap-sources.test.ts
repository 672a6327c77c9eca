import assert from "node:assert/strict";
import { test } from "node:test";
import type { TapNetwork, TapPod } from "#src/controllers/taps/tap-members.ts";
import { TapSources } from "#src/controllers/taps/tap-sources.ts";

const podCount = 100;
const pods = new Map(
  Array.from({ length: podCount }, (_, n): [string, TapPod] => {
    const name = `pod-${n.toString().padStart(2, "0")}`;
    const life = { createdAt: "2026-01-01T00:00:00Z", ending: false, finished: false };
    return [name, { namespace: n < 2 ? "shop" : "bank", name, uid: name, labels: { app: "web" }, node: "n1", ...life }];
  }),
);
const networkNamed = (name: string, allowTaps: readonly string[]): TapNetwork => {
  return { kind: "Network", namespace: "ops", name, uid: name, allowTaps, mtu: undefined };
};
const networks = [networkNamed("blue", ["shop"]), networkNamed("vault", [])];
const ofNetwork = new Map([
  [
    "blue",
    [...pods.keys()]
      .reverse()
      .map((podUid) => ({ name: `port-${podUid}`, podUid, interfaceName: "net1", network: "blue" })),
  ],
  ["vault", [{ name: "hidden", podUid: "pod-00", interfaceName: "net2", network: "vault" }]],
]);

test("ports are read once for all taps, in the order of their pods, and taps that select the same share the list", () => {
  let looks = 0;
  const podWith = (uid: string): TapPod | undefined => {
    looks += 1;
    return pods.get(uid);
  };
  const sources = new TapSources({ networks, ports: { ofNetwork }, podWith });
  const selector = { matchLabels: { app: "web" }, matchExpressions: [] };
  const some = sources.of({ namespace: "shop", selector, network: undefined }, networks);
  assert.deepEqual(
    some.map(({ port, refusal }) => `${port} ${refusal === undefined ? "copied" : "refused"}`),
    ["port-pod-00 copied", "hidden refused", "port-pod-01 copied"],
  );
  assert.equal(sources.of({ namespace: "shop", selector, network: undefined }, networks), some);
  const named = sources.of({ namespace: "shop", selector, network: "blue" }, networks.slice(0, 1));
  assert.deepEqual(
    named.map(({ port }) => port),
    ["port-pod-00", "port-pod-01"],
  );
  const whole = sources.of({ namespace: "shop", selector: undefined, network: "blue" }, networks.slice(0, 1));
  assert.equal(whole.length, podCount);
  assert.equal(looks, podCount + 1);
});

test("of many selectors with labels each looks only at the pods with its first label", () => {
  let reads = 0;
  const counted = new Map(
    [...pods].map(([uid, pod]): [string, TapPod] => {
      const labels = new Proxy(pod.labels, {
        ownKeys: (of) => {
          reads += 1;
          return Reflect.ownKeys(of);
        },
      });
      return [uid, { ...pod, namespace: "shop", labels }];
    }),
  );
  const sources = new TapSources({ networks, ports: { ofNetwork }, podWith: (uid) => counted.get(uid) });
  for (let n = 0; n < 50; n++) {
    const selector = { matchLabels: { app: `none-${n}` }, matchExpressions: [] };
    assert.deepEqual(sources.of({ namespace: "shop", selector, network: undefined }, networks), []);
  }
  const selector = { matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "Exists" as const }] };
  assert.deepEqual(sources.of({ namespace: "shop", selector, network: undefined }, networks), []);
  assert.equal(reads, podCount + 1, "only those with the label are compared as a whole");
});
