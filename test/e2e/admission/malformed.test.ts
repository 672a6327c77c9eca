// Bad input from users, and from anybody who reaches the port, is refused with a reason and leaves nothing behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpsRequest } from "node:https";
import { after, before, describe, it } from "node:test";
import { apiErrorDetails } from "#src/kube/client/api-error.ts";
import { malformedAnnotation } from "#test/fixtures/api/malformed-annotation.ts";
import { refusalParts } from "#test/fixtures/api/refusal-parts.ts";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { AdmissionStack } from "#test/stacks/admission-stack.ts";
import { burst } from "#test/stacks/burst.ts";
import { podManifest, request } from "#test/fixtures/kube/pod-manifest.ts";

const annotationCount = 200;

describe("bad input", { skip: whyToolsAreMissing(controlPlaneTools) }, () => {
  let stack: AdmissionStack;
  before(async () => {
    stack = await AdmissionStack.start({ flags: { "body-limit": "1MiB" } });
    await stack.addSwitch("blue", "10.1.0.0/24");
  });
  after(() => stack[Symbol.asyncDispose]());

  async function assertServes(name: string): Promise<void> {
    await stack.create(podManifest({ name, annotations: request({ name: "blue" }) }));
    await stack.assertInvariants();
  }

  /** Posts bytes to the admission port, as anybody could, and returns the answer. */
  async function post(body: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
    const outgoing = httpsRequest({
      host: "127.0.0.1",
      port: stack.replicas[0]?.admissionPort,
      path: "/mutate/pods?timeout=10s",
      method: "POST",
      ca: stack.authority.cert,
      agent: false,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    // The server may answer, and close, before it has read everything.
    outgoing.on("error", () => {});
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response", { signal: AbortSignal.timeout(60_000) })) as [
      AsyncIterable<Buffer> & { readonly statusCode: number | undefined },
    ];
    let text = "";
    for await (const chunk of answer) text += chunk.toString();
    return { status: answer.statusCode, text };
  }

  it(`is refused with field, value, reason and remedy, for each of ${annotationCount} malformed annotations`, async () => {
    const outcomes = await burst({ count: annotationCount, concurrency: 8 }, (seed) => {
      const { annotations } = malformedAnnotation(seed);
      return stack.create(podManifest({ name: `bad-${seed}`, annotations }));
    });
    assert.equal(outcomes.length, annotationCount);
    for (const { number, error } of outcomes) {
      const { mistake, annotations } = malformedAnnotation(number);
      const details = apiErrorDetails(error);
      const message = details?.message.split("denied the request: ")[1] ?? String(error);
      const told = `seed ${number} (${mistake}): ${message}`;
      assert.equal(details?.status, 422, told);
      const { code } = refusalParts(message.split("\n")[0] ?? "", annotations);
      assert.ok(["Malformed", "InterfaceInvalid", "RouteInvalid"].includes(code), told);
      assert.equal(details.reason, code, told);
    }
    const { pods, nb } = await stack.assertInvariants();
    assert.deepEqual([pods, nb.ports], [[], []]);
    await assertServes("after-annotations");
  });

  it("an envelope that is none gets 400 and the name of the first wrong field", async () => {
    const review = podReview({});
    const bodies: readonly (readonly [body: string, says: string])[] = [
      ["", "the body is not JSON"],
      ["{", "the body is not JSON"],
      ["\u0000\u0001", "the body is not JSON"],
      ["null", "the review: "],
      ["[]", "the review: "],
      ["{}", "apiVersion: "],
      [JSON.stringify({ ...review, apiVersion: "admission.k8s.io/v1beta1" }), "apiVersion: "],
      [JSON.stringify({ ...review, kind: "Pod" }), "kind: "],
      [JSON.stringify({ ...review, request: undefined }), "request: "],
      [JSON.stringify(podReview({ uid: "" })), "request.uid: "],
      [JSON.stringify(podReview({ uid: 7 })), "request.uid: "],
      [JSON.stringify(podReview({ operation: "EXPLODE" })), "request.operation: "],
      [JSON.stringify(podReview({ object: "pod" })), "request.object: "],
      [JSON.stringify(podReview({ dryRun: "yes" })), "request.dryRun: "],
    ];
    for (const [body, says] of bodies) {
      const { status, text } = await post(body);
      assert.equal(status, 400, text);
      const { message } = JSON.parse(text) as { readonly message: string };
      assert.ok(message.startsWith(`the body is not an admission.k8s.io/v1 AdmissionReview: ${says}`), message);
    }
    const deep = await post("[".repeat(100_000));
    assert.equal(deep.status, 413, deep.text);
    assert.match(deep.text, /100000 levels, and it may have 100/);
    await assertServes("after-envelopes");
  });

  it("a body over the limit gets 413, also when it is a good review, and no row", async () => {
    const annotations = { ...request({ name: "blue" }), padding: "x".repeat(2 ** 20) };
    const object = podManifest({ name: "fat", annotations });
    const { nb } = await stack.world();
    assert.equal((await post(JSON.stringify(podReview({ object })))).status, 413);
    assert.equal((await post("x".repeat(5 * 2 ** 20))).status, 413);
    assert.equal((await stack.world()).nb.ports.length, nb.ports.length);
    await assertServes("after-bodies");
  });

  it("and through all of it the webhook has neither ended nor logged a defect", async () => {
    for (const replica of stack.replicas) {
      assert.ok(replica.process.running);
      assert.deepEqual(
        replica.log().filter(({ level }) => Number(level) >= 50),
        [],
      );
    }
  });
});
