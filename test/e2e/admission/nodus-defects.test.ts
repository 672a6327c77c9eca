// Defects of the plugin that this one replaces, those that can show while a pod is created.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type InterfaceResult, parseResult } from "#src/api/result.ts";
import { systemClock } from "#src/core/clock.ts";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst, tellErrors } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

describe("defects of Nodus that are not ours", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start();
    await stack.addSwitch("blue", "10.1.0.0/24", "external_ids:k8s.plugin.opnfv.org/gateways=10.1.0.1");
    await stack.addSwitch("green", "10.2.0.0/24", "external_ids:k8s.plugin.opnfv.org/gateways=10.2.0.1");
    const open = "external_ids:k8s.plugin.opnfv.org/allowed-namespaces=*";
    await nbctl(stack.nb.join(","), "ls-add", "no-ipam", "--", "set", "logical_switch", "no-ipam", open);
  });
  after(() => stack[Symbol.asyncDispose]());

  const create = (name: string, ...interfaces: readonly object[]): Promise<KubeObject> =>
    stack.create(podManifest({ name, annotations: request(...interfaces) }));
  const resultOf = ({ metadata }: KubeObject): readonly InterfaceResult[] =>
    parseResult(metadata.annotations?.[annotationKeys.result.key] ?? "");

  async function messageOf(refused: Promise<unknown>): Promise<string> {
    const error = await refused.then(
      () => assert.fail("was stored"),
      (caught: unknown) => caught,
    );
    return apiErrorDetails(error)?.message ?? String(error);
  }

  it("7.1.1: web-1 going away takes nothing from web-10 and web-11, whose names begin with its own", async () => {
    const names = ["web-1", "web-10", "web-11"];
    for (const name of names) await create(name, { name: "blue" });
    const { nb } = await stack.assertInvariants();
    for (const port of nb.ports) assert.doesNotMatch(port.name, /web/, "a port is not found by its pod's name");
    const held = (name: string) => nb.ports.filter(({ externalIds }) => externalIds.get(podKey) === name);
    assert.deepEqual(
      names.map((name) => held(name).length),
      [1, 1, 1],
    );
    const target = { namespace: "default", name: "web-1" };
    await stack.pods.patch(target, "merge", { metadata: { finalizers: null } });
    await stack.pods.delete(target);
    const { nb: later } = await stack.assertInvariants();
    for (const name of ["web-10", "web-11"]) {
      assert.equal(later.ports.filter(({ externalIds }) => externalIds.get(podKey) === name).length, 1);
    }
  });

  it("7.1.2: nothing of one interface leaks into the next one", async () => {
    await stack.addSwitch("red", "10.3.0.0/24");
    const [first, second] = resultOf(
      await create(
        "leak",
        {
          name: "red",
          ipAddress: "10.3.0.40",
          macAddress: "0a:58:00:00:00:40",
          gwipaddress: "10.3.0.254",
          defaultGateway: "true",
          routes: [{ dst: "172.16.0.0/16", gw: "10.3.0.253" }],
        },
        { name: "green" },
      ),
    );
    assert.deepEqual(first?.ip_address, ["10.3.0.40/24"]);
    assert.match(second?.ip_address.join() ?? "", /^10\.2\.0\.\d+\/24$/);
    assert.notEqual(second?.mac_address, first.mac_address);
    assert.deepEqual([second?.gateway_ip, second?.defaultGateway, second?.routes], [["10.2.0.1"], "false", undefined]);
    await stack.assertInvariants();
  });

  it("7.1.3: an interface name cannot smuggle keys into the pod", async () => {
    const crafted = 'net1"}]","evil":"yes"},"labels":{"owned":"yes"';
    assert.match(await messageOf(create("inject", { name: "blue", interface: crafted })), /InterfaceInvalid: /);
    const stored = await create("strange-network", { name: "blue", interface: "net-1.x_y" });
    assert.deepEqual(Object.keys(stored.metadata.labels ?? {}), [annotationKeys.allocation.key]);
  });

  it("7.1.4: pods that name a switch without addresses, or no existing switch, do not delay others", async () => {
    const pods = await burst({ count: 60, concurrency: 16 }, async (n) => {
      if (n % 3 === 0) return create(`good-${n}`, { name: "blue" });
      const name = n % 3 === 1 ? "no-ipam" : "does-not-exist";
      assert.match(await messageOf(create(`wrong-${n}`, { name })), n % 3 === 1 ? /NotAllowed: / : /UnknownNetwork: /);
      return undefined;
    });
    assert.equal(tellErrors(pods), "");
    await stack.assertInvariants();
  });

  const wrongAddresses = {
    "8.8.8.8": "AddressOutOfRange",
    "10.1.0.7/16": "Malformed",
    "10.1.0.1": "AddressReserved",
    "10.1.0.255": "AddressReserved",
    notanip: "Malformed",
  };
  for (const [ipAddress, reason] of Object.entries(wrongAddresses)) {
    it(`7.1.9: the address ${ipAddress} is refused with ${reason} and not pasted into NB`, async () => {
      const message = await messageOf(create("unchecked", { name: "blue", ipAddress }));
      assert.match(message, new RegExp(`denied the request: ${reason}: .*"${ipAddress}"`));
    });
  }

  it("7.1.10: a requested MAC that another pod has is refused, whatever the addresses", async () => {
    // This is no MAC that the allocator makes of an address, because pods that are here already may have one of those.
    const macAddress = "02:00:00:00:00:63";
    await create("mac-1", { name: "blue", macAddress });
    const message = await messageOf(create("mac-2", { name: "blue", macAddress, ipAddress: "10.1.0.150" }));
    assert.match(message, /MacInUse: .*"02:00:00:00:00:63" is in use/);
    await create("mac-3", { name: "green", macAddress });
    await stack.assertInvariants();
  });

  it("7.1.14: a request that is not JSON, or of another kind, is an error and never silence", async () => {
    const deadlineMs = systemClock.monotonicMs() + 30_000;
    for (const value of ["{not json", "7", "[]", '{"type":"other","interface":[{"name":"blue"}]}']) {
      const pod = podManifest({ name: "silent", annotations: { [annotationKeys.request.key]: value } });
      assert.match(
        await messageOf(stack.pods.create("default", pod, { deadlineMs })),
        /denied the request: Malformed: /,
      );
    }
  });

  it("27: a result that the user wrote is replaced and never wired", async () => {
    const forged = [{ ip_address: ["10.1.0.66/24"], mac_address: "02:00:00:00:00:42", interface: "net1" }];
    const annotations = { ...request({ name: "blue" }), [annotationKeys.result.key]: JSON.stringify(forged) };
    const [own] = resultOf(await stack.create(podManifest({ name: "forger", annotations })));
    assert.equal(own?.network, "blue");
    assert.notEqual(own.mac_address, "02:00:00:00:00:42");
    await stack.assertInvariants();
  });

  it("28: a pod is held to its own addresses by port security", async () => {
    const pod = await create("secured", { name: "blue" });
    const { nb } = await stack.world();
    const [port] = nb.ports.filter(({ name }) => name === resultOf(pod)[0]?.port);
    assert.deepEqual(port?.portSecurity, port?.addresses);
  });
});

const podKey = "k8s.plugin.opnfv.org/pod";
