import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "#src/core/clock.ts";
import type { Rejection } from "./rejections.ts";

/** The authorities of client certificates, which may change. The TLS server uses the same. */
export interface ClientAuthorities {
  current(): string;
  /** Calls `listener` whenever they have changed. The function that it returns ends that. */
  onChange(listener: () => void): () => void;
}

/** Says who may send reviews. The API server has a certificate only when its administrator gave it one. */
export interface ClientCertificatePolicy {
  readonly authorities: ClientAuthorities;
  /** The common names that may send reviews. Other clients have certificates of the same authorities. */
  readonly allowedNames: readonly [string, ...string[]];
}

/** A handshake ends within this time, or its connection does. */
export const longestHandshakeMs = 10_000;

export interface ClientCheck {
  /** Notes that the handshake of a connection has ended. */
  readonly secured: (socket: Socket) => void;
  /** Says why a connection may not send reviews; undefined when it may. */
  readonly reject: (socket: Socket) => Rejection | undefined;
}

interface Verdict {
  /** The authorities by which it was judged. */
  readonly bundle: string;
  readonly rejection: Rejection | undefined;
}

/**
 * Makes the check of connections. It is made for each request and not in the handshake, so that the API server's log says what is
 * wrong, and not only "bad certificate". A connection is judged anew when the authorities have changed: one that an earlier list of
 * them let in goes on only when an authority of the new list has signed its certificate.
 */
export function createClientCheck({ authorities, allowedNames }: ClientCertificatePolicy, clock: Clock): ClientCheck {
  const verdicts = new WeakMap<Socket, Verdict>();
  const securedMs = new WeakMap<Socket, number>();
  let bundle = authorities.current();
  let changedMs = Number.NEGATIVE_INFINITY;
  const look = (): string => {
    const current = authorities.current();
    if (current !== bundle) {
      bundle = current;
      changedMs = clock.monotonicMs();
    }
    return bundle;
  };
  /** TLS has looked at the new authorities when the handshake began after the change. */
  const isOld = (socket: Socket): boolean =>
    (securedMs.get(socket) ?? Number.NEGATIVE_INFINITY) - longestHandshakeMs <= changedMs;
  return {
    secured(socket) {
      look();
      securedMs.set(socket, clock.monotonicMs());
    },
    reject(socket) {
      const known = verdicts.get(socket);
      if (known?.bundle === look()) return known.rejection;
      const rejection = rejectClient(socket, allowedNames) ?? (isOld(socket) ? rejectOld(socket, bundle) : undefined);
      verdicts.set(socket, { bundle, rejection });
      return rejection;
    },
  };
}

function rejectClient(socket: Socket, allowedNames: readonly string[]): Rejection | undefined {
  if (!(socket instanceof TLSSocket)) return "ClientCertificateMissing";
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  if (subject === undefined) return "ClientCertificateMissing";
  if (!socket.authorized) return "ClientCertificateRefused";
  // A subject with several common names is none that we know.
  const known = typeof subject.CN === "string" && allowedNames.includes(subject.CN);
  return known ? undefined : "ClientCertificateRefused";
}

/** Node does not tell the certificates between, so that a client that has such ones has to connect again. */
function rejectOld(socket: Socket, bundle: string): Rejection | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  const signs = (by: X509Certificate): boolean =>
    certificate?.checkIssued(by) === true && certificate.verify(by.publicKey);
  return certificatesOf(bundle).some(signs) ? undefined : "ClientAuthorityRemoved";
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesOf(bundle: string): readonly X509Certificate[] {
  return [...bundle.matchAll(block)].map(([text]) => new X509Certificate(text));
}
