// A TLS server on loopback that plays the API server. It counts handshakes, and can require a client certificate.
import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import forge from "node-forge";
import { generateKeyPairSync } from "node:crypto";

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for a server on 127.0.0.1 and for a client. */
export function selfSigned(commonName: string): KeyPair {
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  cert.serialNumber = "01";
  cert.validity.notBefore = new Date(Date.now() - 3_600_000);
  cert.validity.notAfter = new Date(Date.now() + 3_600_000);
  const name = [{ name: "commonName", value: commonName }];
  cert.setSubject(name);
  cert.setIssuer(name);
  cert.setExtensions([
    { name: "basicConstraints", cA: true },
    { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
  ]);
  cert.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(cert), key: keys.privateKey };
}

export interface TlsApiServer {
  readonly url: string;
  readonly ca: string;
  handshakes: number;
  readonly server: Server;
  close(): Promise<void>;
}

export async function startTlsApiServer(
  serve: (request: IncomingMessage, response: ServerResponse) => void,
  clientCa?: string,
): Promise<TlsApiServer> {
  const pair = selfSigned("api");
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true };
  const server = createServer({ ...pair, ...mutual }, serve);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const running: TlsApiServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: pair.cert,
    handshakes: 0,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("secureConnection", () => {
    running.handshakes += 1;
  });
  return running;
}
