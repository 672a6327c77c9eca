import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Rejection } from "./rejections.ts";

/** PEM, one or several authorities, which may change; the TLS server is given the same. */
export interface ClientAuthorities {
  current(): string;
  /** Calls back when they have changed; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

/** Who may send reviews. Optional: the API server is anonymous unless its administrator gave it a certificate. */
export interface ClientCertificatePolicy {
  readonly authorities: ClientAuthorities;
  /** Subject common names that are let in; empty = any certificate of the authority. */
  readonly allowedNames: readonly string[];
}

/**
 * Says why a connection may not send reviews. Checked for each request and not in the handshake, so that the API
 * server's log says what is wrong instead of "bad certificate".
 */
export function rejectClient(socket: Socket, policy: ClientCertificatePolicy): Rejection | undefined {
  if (!(socket instanceof TLSSocket)) return "ClientCertificateMissing";
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  if (subject === undefined) return "ClientCertificateMissing";
  if (!socket.authorized) return "ClientCertificateRefused";
  if (policy.allowedNames.length === 0) return undefined;
  // A subject with several names is nobody's that we know.
  const known = typeof subject.CN === "string" && policy.allowedNames.includes(subject.CN);
  return known ? undefined : "ClientCertificateRefused";
}
