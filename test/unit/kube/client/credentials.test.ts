import assert from "node:assert/strict";
import { test } from "node:test";
import { CredentialSource, type KubeConfigAccess } from "#src/kube/client/credentials.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

type Options = Parameters<KubeConfigAccess["applyToHTTPSOptions"]>[0];

function access(apply: (options: Options) => void, cluster: object = {}): KubeConfigAccess {
  return {
    getCurrentCluster: () => ({ name: "c", server: "https://api:6443", skipTLSVerify: false, ...cluster }),
    applyToHTTPSOptions(options) {
      apply(options);
      return Promise.resolve();
    },
  };
}

test("credentials are read again after ten seconds and not before", async () => {
  const clock = new ManualClock();
  let reads = 0;
  const source = new CredentialSource(
    access((options) => {
      reads += 1;
      options.headers = { Authorization: `Bearer ${reads}` };
    }),
    clock,
  );
  assert.equal((await source.get()).headers["Authorization"], "Bearer 1");
  await clock.advance(9_999);
  assert.equal((await source.get()).headers["Authorization"], "Bearer 1");
  await clock.advance(1);
  assert.equal((await source.get()).headers["Authorization"], "Bearer 2");
});

test("a refused credential is read again at once", async () => {
  let reads = 0;
  const source = new CredentialSource(
    access(() => {
      reads += 1;
    }),
    new ManualClock(),
  );
  await source.get();
  source.invalidate();
  await source.get();
  assert.equal(reads, 2);
});

test("a new client certificate gives another TLS key, the same one does not", async () => {
  let cert = "one";
  const source = new CredentialSource(
    access((options) => {
      options.cert = Buffer.from(cert);
    }),
    new ManualClock(),
  );
  const first = await source.get();
  source.invalidate();
  assert.equal((await source.get()).tlsKey, first.tlsKey);
  cert = "two";
  source.invalidate();
  assert.notEqual((await source.get()).tlsKey, first.tlsKey);
});

test("user and password become a Basic header", async () => {
  const source = new CredentialSource(
    access((options) => {
      options.auth = "u:p";
    }),
    new ManualClock(),
  );
  assert.equal((await source.get()).headers["Authorization"], "Basic dTpw");
});

test("client-node's agent is used only when the kubeconfig names a proxy", async () => {
  const agent = { marker: true } as unknown as NonNullable<Options["agent"]>;
  const apply = (options: Options): void => {
    options.agent = agent;
  };
  const plain = new CredentialSource(access(apply), new ManualClock());
  assert.equal((await plain.get()).proxyAgent, undefined);
  const proxied = new CredentialSource(access(apply, { proxyUrl: "http://proxy" }), new ManualClock());
  assert.equal((await proxied.get()).proxyAgent, agent);
});

test("a token file that cannot be read is an error that is not remembered", async () => {
  let broken = true;
  const source = new CredentialSource(
    access(() => {
      if (broken) throw new Error("ENOENT token");
    }),
    new ManualClock(),
  );
  await assert.rejects(source.get(), /credentials of the kubeconfig cannot be read.*ENOENT token/);
  broken = false;
  await source.get();
});

test("a kubeconfig without a server is a configuration fault", () => {
  assert.throws(
    () =>
      new CredentialSource(
        access(() => {}, { server: "nonsense" }),
        new ManualClock(),
      ),
    { code: "ConfigInvalid" },
  );
});
