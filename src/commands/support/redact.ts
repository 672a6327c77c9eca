// Takes secrets out of a support bundle. Texts come from logs of whole clusters, so that each rule reads a text once: an
// expression that begins anew at each place would take minutes for a text that somebody made for that.

type Rule = (text: string) => string;

/** Names of environment variables and map keys whose values are secret, such as AWS_ACCESS_KEY_ID. */
const secretName =
  /pass(?:word|wd)?|secret|token|credential|private|(?:access|api|auth|encryption|signing)[-_]?key|[-_.]key(?:$|[-_.])/i;

const keyBegins = "-----BEGIN ";
const keyEnds = "-----END ";
const keyHead = /^[A-Z0-9 ]{0,40}PRIVATE KEY-----/;
const longestKeyHead = 64;

/** Takes out PEM blocks of private keys. A block without an end, as in a text that was cut off, goes to its line's end. */
function withoutPrivateKeys(text: string): string {
  let kept = "";
  let at = 0;
  let end = 0;
  for (let begin = text.indexOf(keyBegins); begin >= 0; begin = text.indexOf(keyBegins, at)) {
    const head = begin + keyBegins.length;
    const isKey = keyHead.test(text.slice(head, head + longestKeyHead));
    if (!isKey) {
      kept += text.slice(at, head);
      at = head;
      continue;
    }
    kept += `${text.slice(at, begin)}(private key)`;
    // The search for an end goes on where the last one stopped.
    if (end >= 0 && end < head) end = text.indexOf(keyEnds, head);
    at = end >= head ? afterDashes(text, end + keyEnds.length) : lineEnd(text, head);
  }
  return kept + text.slice(at);
}

function afterDashes(text: string, from: number): number {
  const line = lineEnd(text, from);
  const dashes = text.slice(from, line).indexOf("-----");
  return dashes < 0 ? line : from + dashes + "-----".length;
}

/** Quotes end a key that is one line of JSON or YAML. */
function lineEnd(text: string, from: number): number {
  const after = /["'\n]/g;
  after.lastIndex = from;
  return after.exec(text)?.index ?? text.length;
}

const segment = /^[\w-]{8,}$/;

/** Takes out tokens in the compact form of RFC 7515: three words with points between, of which the first begins with eyJ. */
function withoutTokens(text: string): string {
  // Words and points together always match, so that no place of the text is looked at twice.
  return text.replace(/[\w.-]+/g, (run) => (run.includes("eyJ") ? withoutTokensInRun(run) : run));
}

function withoutTokensInRun(run: string): string {
  const words = run.split(".");
  const kept: string[] = [];
  for (let n = 0; n < words.length; n += 1) {
    const [first = "", second = "", third = ""] = [words[n], words[n + 1], words[n + 2]];
    const at = first.startsWith("eyJ") ? 0 : first.indexOf("-eyJ") + 1;
    const isToken = first.startsWith("eyJ", at) && first.length - at >= 11 && segment.test(second) && third !== "";
    kept.push(isToken ? `${first.slice(0, at)}(token)` : first);
    if (isToken) n += 2;
  }
  return kept.join(".");
}

const rules: readonly Rule[] = [
  withoutPrivateKeys,
  withoutTokens,
  (text) => text.replace(/\bBearer\s{1,8}[\w.~+/-]{12,}=*/gi, "Bearer (token)"),
  (text) => text.replace(/:\/\/[^\s/:@"']+:[^\s/@"']+@/g, "://(credentials)@"),
];

/** The text without private keys, tokens and credentials in URLs. It takes time in proportion to the length of the text. */
export function redactText(text: string): string {
  return rules.reduce((redacted, rule) => rule(redacted), text);
}

/**
 * The value without the parts whose name is a secret's: variables `{name, value}` of containers, and members of maps, also of maps in
 * strings of JSON, as definitions for Multus have them.
 * `managedFields` and kubectl's copy of the object are taken out too, because they repeat everything.
 */
export function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redactJson(value) ?? redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Readonly<Record<string, unknown>>;
  const { name } = record;
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, inner]): readonly (readonly [string, unknown])[] => {
      if (key === "managedFields" || key === "kubectl.kubernetes.io/last-applied-configuration") return [];
      const isSecretVariable = key === "value" && typeof name === "string" && secretName.test(name);
      const isSecret = typeof inner === "string" && (isSecretVariable || secretName.test(key));
      return [[key, isSecret ? "(redacted)" : redactValue(inner)]];
    }),
  );
}

/** Gives undefined for a text that is no map or list in JSON, or in which nothing has to be taken out. */
function redactJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    const redacted = JSON.stringify(redactValue(parsed));
    return redacted === JSON.stringify(parsed) ? undefined : redacted;
  } catch {
    return undefined;
  }
}
