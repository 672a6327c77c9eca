// The checks of the webhook: its registration, its certificate, and the way from the API server to it.
import { type X509Certificate } from "node:crypto";
import { parseBundle } from "#certs/pem-bundle.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { admissionConfiguration } from "./admission-configuration.ts";
import type { Facts, WebhookEntry } from "./facts.ts";
import { failed, type DoctorFinding, ok, unknown, warning } from "./finding.ts";

const dayMs = 24 * 3_600_000;

/** Checks that there are webhook configurations, and only those of one installation. */
export function judgeInstalls({ entries, installs }: Facts): readonly DoctorFinding[] {
  const check = "installation";
  if ("why" in entries) return [unknown(check, entries)];
  const mutating = entries.value.filter(({ name }) => name.startsWith("allocate."));
  if (mutating.length === 0) {
    return [failed(check, "no webhook configuration calls our webhook for pods", "apply the installation again")];
  }
  const targets = [...new Set(entries.value.map(({ target }) => target))];
  const cure = "remove one: two webhooks allocate twice for each pod";
  if (mutating.length > 1 || targets.length > 1) {
    const names = [...new Set(mutating.map(({ configuration }) => configuration))];
    return [
      failed(check, `there are two installations: ${names.join(" and ")} lead to ${targets.join(" and ")}`, cure),
    ];
  }
  if ("value" in installs && installs.value.length > 1) {
    return [failed(check, `controllers run in ${installs.value.join(" and ")}`, "remove one of the installations")];
  }
  return [ok(check, `there is one, behind ${targets.join(", ")}`)];
}

/**
 * Checks that the certificate is valid now and for a while, is for the name that is called, and is trusted by the API
 * server.
 */
export function judgeCertificate({ serving, entries, nowMs }: Facts): readonly DoctorFinding[] {
  const check = "certificate";
  if ("why" in serving) return [unknown(check, serving)];
  const { name } = serving.value;
  let chain: readonly X509Certificate[];
  try {
    chain = parseBundle(serving.value.chain);
  } catch (caught) {
    return [
      failed(check, fromUnknown(caught).message, "delete the Secret ovn4nfv-webhook-tls: the webhook makes it again"),
    ];
  }
  const [leaf] = chain;
  if (leaf === undefined) return [failed(check, "the Secret has no certificate", "look at the webhook's log")];
  const findings = [...judgeDates(leaf, nowMs), ...judgeName(leaf, name)];
  if ("value" in entries) findings.push(...entries.value.flatMap((entry) => judgeBundle(entry, leaf, chain)));
  return findings.length > 0
    ? findings
    : [ok(check, `it is valid until ${leaf.validToDate.toISOString()}, and trusted`)];
}

function judgeDates(leaf: X509Certificate, nowMs: number): readonly DoctorFinding[] {
  const check = "certificate";
  const leftMs = leaf.validToDate.getTime() - nowMs;
  const cure = "look at the webhook's log, or at cert-manager's Certificate: it should have been renewed by now";
  if (leftMs <= 0) return [failed(check, `the serving certificate ended at ${leaf.validToDate.toISOString()}`, cure)];
  if (leaf.validFromDate.getTime() > nowMs) {
    const says = `the serving certificate is not valid before ${leaf.validFromDate.toISOString()}`;
    return [failed(check, says, "synchronise the clocks")];
  }
  const lifeMs = leaf.validToDate.getTime() - leaf.validFromDate.getTime();
  if (leftMs > Math.min(lifeMs / 6, 7 * dayMs)) return [];
  return [warning(check, `the serving certificate ends at ${leaf.validToDate.toISOString()}`, cure)];
}

function judgeName(leaf: X509Certificate, name: string): readonly DoctorFinding[] {
  if (leaf.checkHost(name) !== undefined) return [];
  const says = `the serving certificate is for ${leaf.subjectAltName ?? "no name"}, not for ${name}`;
  return [failed("certificate", says, `issue it for ${name}`)];
}

function judgeBundle(entry: WebhookEntry, leaf: X509Certificate, chain: readonly X509Certificate[]): DoctorFinding[] {
  const check = "certificate";
  const where = `${entry.configuration}, entry ${entry.name}`;
  const cure =
    "ovn4nfv-cainjector puts the authority there within seconds: look at its log; with cert-manager look at cert-manager's cainjector and the annotation";
  if (entry.caBundle === "") return [failed(check, `${where}: caBundle is empty`, cure)];
  let bundle: readonly X509Certificate[];
  try {
    bundle = parseBundle(entry.caBundle);
  } catch {
    return [failed(check, `${where}: caBundle is not PEM`, cure)];
  }
  const issuers = [...chain.slice(1), leaf];
  const isTrusted = issuers.some((one) => bundle.some((ca) => isIssuer(ca, one)));
  return isTrusted ? [] : [failed(check, `${where}: caBundle is not the authority of the serving certificate`, cure)];
}

function isIssuer(ca: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.fingerprint256 === ca.fingerprint256 || certificate.verify(ca.publicKey);
}

/** Checks the way from the API server to the webhook and on to NB, by the pod that was tried and not stored. */
export function judgeTrial({ trial, webhooks }: Facts): readonly DoctorFinding[] {
  const check = "webhook";
  const ready = "value" in webhooks ? webhooks.value.filter((pod) => pod.ready).length : undefined;
  if ("why" in trial) return [unknown(check, trial)];
  const { value } = trial;
  switch (value.kind) {
    case "judged":
      if (ready === 1)
        return [warning(check, "it answers, but only one replica is ready", "look at the other one's log")];
      return [ok(check, `the API server gets its answers${ready === undefined ? "" : ` from ${ready} replicas`}`)];
    case "not asked":
      return [
        failed(
          check,
          "a pod with our annotation was admitted without a call of the webhook",
          "apply the installation again, or try --namespace with one that is not excluded",
        ),
      ];
    case "no backend":
      return [failed(check, value.message, "see the line northbound; the webhook's log names the endpoint")];
    case "not reached": {
      if (ready === 0) {
        const cure = "look at the pods of the Deployment ovn4nfv-webhook";
        return [failed(check, "no replica is ready: pods with our annotation are refused", cure)];
      }
      const cure = value.message.includes("x509")
        ? "see the line certificate"
        : "open the way from the API server to the webhook's pods (firewall, NetworkPolicy), or give them hostNetwork";
      return [failed(check, value.message, cure)];
    }
    case "other":
      return [unknown(check, { why: `the trial pod was refused by somebody else: ${value.message}` })];
  }
}

/** Checks that the webhook takes reviews only from an API server that shows a certificate. */
export function judgeClients({ webhooks, entries }: Facts): readonly DoctorFinding[] {
  const check = "clients";
  if ("why" in webhooks || "why" in entries) return [];
  const open = webhooks.value.filter(({ asksForCertificates }) => !asksForCertificates);
  if (webhooks.value.length === 0 || entries.value.length === 0) return [];
  if (open.length === 0) return [ok(check, "the webhook asks for a client certificate")];
  const says = "the webhook asks for no client certificate: each pod that reaches it can post reviews by itself";
  const cure =
    "write the two files below for each API server, then run the webhook with --client-ca-file and --client-names";
  // A Service is called by its DNS name, and a URL by its host and port.
  const hosts = entries.value.map(({ target }) => target.split("/"));
  const names = hosts.map(([first = "", name]) => (name === undefined ? first : `${name}.${first}.svc`));
  return [{ ...warning(check, says, cure), example: admissionConfiguration(names[0] ?? "") }];
}
