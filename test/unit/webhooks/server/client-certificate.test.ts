import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { before, test } from "node:test";
import { TLSSocket } from "node:tls";
import { createAuthority, issueClient } from "#certs/authority.ts";
import { systemClock } from "#src/core/clock.ts";
import { createClientCheck } from "#webhooks/server/client-certificate.ts";

const options = { validityMs: 3_600_000, clock: systemClock, randomBytes };
let first: string;
let second: string;
let byFirst: X509Certificate;

before(async () => {
  const [one, other] = await Promise.all([createAuthority("one", options), createAuthority("other", options)]);
  [first, second] = [one.cert, other.cert];
  byFirst = new X509Certificate((await issueClient(one, "kube-apiserver", options)).cert);
});

/** The end of a handshake, of which there is only what the check reads. It counts how often the certificate was read. */
function fakeTls(certificate: X509Certificate, authorized = true) {
  const read = { times: 0 };
  const CN = certificate.subject.replace("CN=", "");
  const socket = Object.create(TLSSocket.prototype, {
    authorized: { value: authorized },
    getPeerCertificate: { value: () => ((read.times += 1), { subject: { CN } }) },
    getPeerX509Certificate: { value: () => certificate },
  }) as TLSSocket;
  return { socket, read };
}

function checked(bundle: string, allowedNames: readonly [string, ...string[]] = ["kube-apiserver"]) {
  const state = { bundle, ms: 0 };
  const authorities = { current: () => state.bundle, onChange: () => () => undefined };
  const clock = { ...systemClock, monotonicMs: () => state.ms };
  return { state, check: createClientCheck({ authorities, allowedNames }, clock) };
}

test("a connection is judged once, and by the name and the verdict of TLS", () => {
  const { check } = checked(first);
  const { socket, read } = fakeTls(byFirst);
  check.secured(socket);
  for (let n = 0; n < 3; n += 1) assert.equal(check.reject(socket), undefined);
  assert.equal(read.times, 1);
  assert.equal(check.reject(fakeTls(byFirst, false).socket), "ClientCertificateRefused");
  assert.equal(checked(first, ["other"]).check.reject(socket), "ClientCertificateRefused");
});

test("a connection is refused when its authority is removed, and goes on when that stays among others", () => {
  const { state, check } = checked(first);
  const { socket } = fakeTls(byFirst);
  check.secured(socket);
  assert.equal(check.reject(socket), undefined);
  state.bundle = first + second;
  assert.equal(check.reject(socket), undefined);
  state.bundle = second;
  assert.equal(check.reject(socket), "ClientAuthorityRemoved");
});

test("a handshake that may have begun before the change is judged like a connection from before it", () => {
  const { state, check } = checked(first);
  const unused = fakeTls(byFirst).socket;
  check.secured(unused);
  state.bundle = second;
  state.ms = 1_000;
  const between = fakeTls(byFirst).socket;
  check.secured(between);
  state.ms = 11_001;
  // TLS has let it in by the new authorities, over certificates between that Node does not tell.
  const later = fakeTls(byFirst).socket;
  check.secured(later);
  const verdicts = [unused, between, later].map((socket) => check.reject(socket));
  assert.deepEqual(verdicts, ["ClientAuthorityRemoved", "ClientAuthorityRemoved", undefined]);
});
