// Each reason for which a request is refused, with the message that kubectl shows.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { parseResult } from "#src/api/result.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { addForeignPort } from "#lab/ovn/foreign-port.ts";
import { nbctl } from "#lab/ovn/ovsdb-server.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { type PodManifest, podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

const requestKey = annotationKeys.request.key;
const field = (path: string): string => `${requestKey}: interface[0]${path}`;

interface Case {
  readonly pod: PodManifest;
  /** The text after `denied the request: ` in kubectl's message. */
  readonly says: string;
}

/** The cases, on the networks that `before` makes. */
const cases: Readonly<Record<string, Case>> = {
  Malformed: {
    pod: { annotations: { [requestKey]: '{"type":"ovn4nfv","interface":[{"name":"blue","ipAdress":"10.1.0.9"}]}' } },
    says: `Malformed: ${field(".ipAdress")} "10.1.0.9" is not a known key; did you mean "ipAddress"?`,
  },
  UnknownNetwork: {
    pod: { annotations: request({ name: "bleu" }) },
    says: `UnknownNetwork: ${field(".name")} "bleu"`,
  },
  NotAllowed: {
    pod: { annotations: request({ name: "closed" }) },
    says: `NotAllowed: ${field(".name")} "closed" does not admit pods of the namespace "default"; ask the network's owner to add the namespace to external_ids:k8s.plugin.opnfv.org/allowed-namespaces of the logical switch`,
  },
  InterfaceInvalid: {
    pod: { annotations: request({ name: "blue", interface: "eth0" }) },
    says: `InterfaceInvalid: ${field(".interface")} "eth0"`,
  },
  AddressOutOfRange: {
    pod: { annotations: request({ name: "blue", ipAddress: "10.9.0.7" }) },
    says: `AddressOutOfRange: ${field(".ipAddress")} "10.9.0.7" is outside the network "blue", which has 10.1.0.0/24; ask for an address inside, or leave ipAddress out`,
  },
  AddressReserved: {
    pod: { annotations: request({ name: "blue", ipAddress: "10.1.0.1" }) },
    says: `AddressReserved: ${field(".ipAddress")} "10.1.0.1" is the gateway of 10.1.0.0/24; ask for another address, or leave ipAddress out`,
  },
  AddressInUse: {
    pod: { annotations: request({ name: "blue", ipAddress: "10.1.0.200" }) },
    says: `AddressInUse: ${field(".ipAddress")} "10.1.0.200" is in use by the port "vm-1" on the network "blue"; ask for another address, or leave ipAddress out`,
  },
  MacInUse: {
    pod: { annotations: request({ name: "blue", macAddress: "0a:00:00:00:00:01" }) },
    says: `MacInUse: ${field(".macAddress")} "0a:00:00:00:00:01" is in use by the port "vm-1" on the network "blue"; ask for another MAC address, or leave macAddress out`,
  },
  PoolExhausted: {
    pod: { annotations: request({ name: "full" }) },
    says: `PoolExhausted: ${field(".name")} "full"`,
  },
  RouteInvalid: {
    pod: { annotations: request({ name: "blue", routes: [{ dst: "172.16.0.0/16", gw: "10.9.0.1" }] }) },
    says: `RouteInvalid: ${field(".routes[0].gw")} "10.9.0.1" cannot be reached on the network "blue", which has 10.1.0.0/24; write an address of that network`,
  },
  HostNetwork: {
    pod: { annotations: request({ name: "blue" }), spec: { hostNetwork: true } },
    says: `HostNetwork: spec.hostNetwork true is set in a pod that asks for interfaces of its own; remove hostNetwork, or the annotation ${requestKey}`,
  },
};

describe("kubectl shows why a pod is refused", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start();
    await stack.addSwitch("blue", "10.1.0.0/24", "external_ids:k8s.plugin.opnfv.org/gateways=10.1.0.1");
    await stack.addSwitch("full", "10.2.0.0/30");
    await stack.addSwitch("small", "10.3.0.0/29");
    await nbctl(
      stack.nb.join(","),
      "ls-add",
      "closed",
      "--",
      "set",
      "logical_switch",
      "closed",
      'other_config:subnet="10.4.0.0/24"',
    );
    for (const [name, switchName, addresses] of [
      ["vm-1", "blue", "0a:00:00:00:00:01 10.1.0.200"],
      ["vm-2", "full", "0a:00:00:00:00:02 10.2.0.2"],
    ] as const) {
      await addForeignPort(stack.nb.join(","), { name, switchName, addresses });
    }
  });
  after(() => stack[Symbol.asyncDispose]());

  const apply = (pod: object, ...flags: readonly string[]) =>
    stack.plane.kubectl.run(["create", ...flags, "-f", "-"], { input: JSON.stringify(pod) });

  for (const [reason, { pod, says }] of Object.entries(cases)) {
    it(`with ${reason}: field, value, reason and remedy`, async () => {
      const name = `refused-${reason.toLowerCase()}`;
      const { code, stderr } = await apply(podManifest({ name, ...pod }));
      assert.equal(code, 1);
      const message = stderr.split("denied the request: ")[1] ?? stderr;
      assert.equal(message.slice(0, says.length), says);
      assert.match(message, /^[A-Z][A-Za-z]+: .+; .+\n$/);
      assert.match(stderr, new RegExp(`^Error from server \\(${reason}\\): `));
      const dry = await apply(podManifest({ name, ...pod }), "--dry-run=server");
      assert.equal(dry.stderr.split("denied the request: ")[1], message, "a dry run says the same");
    });
  }

  it("with all faults of the request at once, a line for each", async () => {
    const annotations = request(
      { name: "blue", ipAddress: "10.9.0.7", macAddress: "0a:00:00:00:00:01" },
      { name: "bleu" },
      { name: "blue", routes: [{ dst: "172.16.0.0/16", gw: "10.9.0.1" }] },
    );
    const { stderr } = await apply(podManifest({ name: "refused-often", annotations }));
    const lines = (stderr.split("denied the request: ")[1] ?? stderr).trim().split("\n");
    assert.deepEqual(lines.map((line) => line.split(":")[0]).sort(), [
      "AddressOutOfRange",
      "MacInUse",
      "RouteInvalid",
      "UnknownNetwork",
    ]);
    assert.ok(lines.some((line) => line.endsWith('; did you mean "blue"?')));
  });

  it("and nothing of a refused pod is left in NB, nor is any stored", async () => {
    const { pods, nb } = await stack.assertInvariants();
    assert.deepEqual(pods, []);
    assert.deepEqual(nb.ports.map(({ name }) => name).sort(), ["vm-1", "vm-2"]);
  });

  it("with AddressInUse, naming the pod that holds the address only inside its own namespace", async () => {
    await stack.plane.kubectl.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } }]);
    await stack.plane.kubectl.must(["wait", "--for=create", "serviceaccount/default", "-n", "other", "--timeout=90s"]);
    const asking = (name: string, namespace: string): object =>
      podManifest({ name, namespace, annotations: request({ name: "blue", ipAddress: "10.1.0.99" }) });
    assert.equal((await apply(asking("holder", "default"))).code, 0);
    assert.match(
      (await apply(asking("second", "default"))).stderr,
      /"10\.1\.0\.99" is in use by pod default\/holder on/,
    );
    const { stderr } = await apply(asking("second", "other"));
    assert.match(stderr, /"10\.1\.0\.99" is in use by a pod of another namespace on/);
    assert.doesNotMatch(stderr, /holder/);
  });

  it("with several interfaces of which one is wrong, and then reserves none of them", async () => {
    const before = (await stack.world()).nb.ports.length;
    const annotations = request({ name: "blue" }, { name: "full" });
    const { stderr } = await apply(podManifest({ name: "half", annotations }));
    assert.match(stderr, /PoolExhausted: k8s\.plugin\.opnfv\.org\/nfn-network: interface\[1\]\.name "full"/);
    assert.equal((await stack.world()).nb.ports.length, before);
  });

  it("with ReservationsFull, once nothing binds reservations; after the wait the other addresses can be had", async () => {
    const capped = await stack.addReplica("capped", { "max-open-reservations": "1024" });
    for (const port of stack.balancer.backends) if (port !== capped.admissionPort) stack.balancer.remove(port);
    await stack.balancer.cut();
    // .1 is kept for a router, so 5 addresses are free. Half of them, rounded up, may be open at a time.
    for (const name of ["small-1", "small-2", "small-3"]) {
      const { code, stderr } = await apply(podManifest({ name, annotations: request({ name: "small" }) }));
      assert.equal(code, 0, stderr);
    }
    const fourth = podManifest({ name: "small-4", annotations: request({ name: "small" }) });
    const { stderr } = await apply(fourth, "--request-timeout=30s");
    assert.match(stderr, /^Error from server \(ReservationsFull\): /);
    assert.match(
      stderr,
      /ReservationsFull: network "small" has 3 open reservations of the namespace "default", as many as it may have; try again when/,
    );
    const waiting = apply(fourth);
    const held = (await stack.world()).nb.ports.filter(({ switchName }) => switchName === "small");
    // 2 addresses are free and 1 is open; half of these 3, rounded up, is 2.
    for (const { uuid } of held.slice(0, 2)) {
      await nbctl(stack.nb.join(","), "set", "logical_switch_port", uuid, `external_ids:${bound}=some-pod`);
    }
    assert.equal((await waiting).code, 0, "bindings let the waiting request in");
    const [own] = parseResult(resultOf((await stack.plane.kubectl.get(["pod", "small-4"])) as KubeObject));
    assert.match(own?.ip_address.join() ?? "", /^10\.3\.0\.[2-6]\/29$/);
  });
});

const bound = '"k8s.plugin.opnfv.org/pod-uid"';
const resultOf = ({ metadata }: KubeObject): string => metadata.annotations?.[annotationKeys.result.key] ?? "";
