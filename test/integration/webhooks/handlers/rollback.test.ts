// Reservations in a real NB whose API server hangs up: nothing of them stays, no matter how far the commit was.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { changeIn } from "ovsdb-client";
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createTokenSigner, ephemeralTokenKey } from "#src/tokens/token.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { nbctl, startOvsdbServer } from "#lab/ovn/ovsdb-server.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import type { PodDecisionOptions } from "#src/pods/allocate-for-pod.ts";
import { decideByRequest } from "#src/pods/decide-by-request.ts";
import { createPodHandler } from "#webhooks/handlers/pod-handler.ts";
import { ReservationCap } from "#src/pods/networks/reservation-cap.ts";
import { namedDefinitions } from "#src/pods/demand/definition-source.ts";
import { podAsking, startAllocator, within } from "#test/stacks/ipam/started-allocator.ts";
import { RecordedClient } from "#packages/ovsdb-client/test/integration/recorded-client.ts";
import { dial, post } from "#test/stacks/webhooks/raw-peer.ts";
import { startServer } from "#test/stacks/webhooks/started-server.ts";

const withinMs = { timeout: 120_000 };
/** A subnet with one address apart from the router's. */
const subnet = "10.1.0.0/30";
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-0",
    annotations: { [annotationKeys.request.key]: '{"type": "ovn4nfv", "interface": [{"name": "blue"}]}' },
  },
  spec: {},
};

/** Starts the pod webhook with a real allocator and NB. `planned` resolves when a transaction was sent. */
async function startStack(t: TestContext, wrap: (handler: AdmissionHandler) => AdmissionHandler) {
  const owned = new AsyncDisposableStack();
  t.after(() => owned.disposeAsync());
  const nb = owned.use(await startOvsdbServer());
  await nbctl(nb.endpoint, "init");
  await nbctl(nb.endpoint, "ls-add", "blue", "--", "set", "logical_switch", "blue", `other_config:subnet=${subnet}`);
  const { allocator } = owned.use(await startAllocator(nb.endpoint));
  const observer = owned.use(new RecordedClient([nb.endpoint]));
  await observer.session();
  const sent = Promise.withResolvers<undefined>();
  const watched: PodDecisionOptions["allocator"] = {
    index: allocator.index,
    plan: (request, options) => allocator.plan(request, options),
    rollBack: (allocation) => allocator.rollBack(allocation),
    allocate: (request, options) =>
      allocator.allocate(request, {
        ...options,
        onPlanned(draft) {
          options.onPlanned?.(draft);
          sent.resolve(undefined);
        },
      }),
  };
  const { index, reservations } = allocator;
  const decide = decideByRequest({
    allocator: watched,
    cap: new ReservationCap({ index, reservations, clock: systemClock, maxOpen: 0 }),
    signer: await createTokenSigner(ephemeralTokenKey()),
    logger: silentLogger,
    definition: undefined,
    definitions: namedDefinitions([]),
    excludedNamespaces: new Set(),
  });
  const { ports, ca } = await startServer(t, wrap(createPodHandler(decide)));
  const socket = await dial(t, ports.admission, ca);
  /** The ports that came to NB and left it, as another client saw it. */
  const seen = (): readonly string[] =>
    observer.events.flatMap((event) =>
      event.kind !== "changed"
        ? []
        : event.changes.flatMap((change) => {
            const port = changeIn(logicalSwitchPort, change);
            if (port === undefined || (port.before !== undefined && port.after !== undefined)) return [];
            return [port.after === undefined ? "gone" : "new"];
          }),
    );
  const assertTakenBack = async (): Promise<void> => {
    await observer.until("the reservation come and gone", () => seen().length === 2);
    assert.deepEqual(seen(), ["new", "gone"]);
    assert.equal((await nbctl(nb.endpoint, "lsp-list", "blue")).trim(), "");
    // This takes the only address.
    await allocator.allocate(podAsking("blue"), within(30));
  };
  return { nb, socket, planned: sent.promise, assertTakenBack };
}

test("a commit that was under way when the API server hung up is rolled back", withinMs, async (t) => {
  const hungUp = Promise.withResolvers<undefined>();
  const { nb, socket, planned, assertTakenBack } = await startStack(t, (handler) => (request, context) => {
    context.signal.addEventListener("abort", () => {
      hungUp.resolve(undefined);
    });
    return handler(request, context);
  });
  nb.process.freeze();
  socket.write(post({ object: pod }));
  await planned;
  socket.destroy();
  await hungUp.promise;
  nb.process.thaw();
  await assertTakenBack();
});

test("an answer that finds the API server gone is rolled back, also when NB hangs just then", withinMs, async (t) => {
  const answered = Promise.withResolvers<undefined>();
  const handedBack = Promise.withResolvers<undefined>();
  const { nb, socket, assertTakenBack } = await startStack(t, (handler) => async (request, context) => {
    const answer = await handler(request, context);
    answered.resolve(undefined);
    await once(context.signal, "abort");
    handedBack.resolve(undefined);
    return answer;
  });
  socket.write(post({ object: pod }));
  await answered.promise;
  nb.process.freeze();
  socket.destroy();
  await handedBack.promise;
  nb.process.thaw();
  await assertTakenBack();
});
