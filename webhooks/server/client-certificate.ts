import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
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

/**
 * Says why a connection may not send reviews; undefined when it may. This is checked for each request and not in the
 * handshake, so that the API server's log says what is wrong, and not only "bad certificate".
 */
export function rejectClient(socket: Socket, policy: ClientCertificatePolicy): Rejection | undefined {
  if (!(socket instanceof TLSSocket)) return "ClientCertificateMissing";
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  if (subject === undefined) return "ClientCertificateMissing";
  if (!socket.authorized) return "ClientCertificateRefused";
  // A subject with several common names is none that we know.
  const known = typeof subject.CN === "string" && policy.allowedNames.includes(subject.CN);
  return known ? undefined : "ClientCertificateRefused";
}
