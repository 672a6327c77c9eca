/** Texts that are taken out of a bundle, and the text that replaces them. */
const secrets: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g, "(private key)"],
  // A key in one line, as JSON and YAML quote it.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"'\n]*/g, "(private key)"],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, "(token)"],
  [/\bBearer\s+[\w.~+/-]{12,}=*/gi, "Bearer (token)"],
  [/(https?:\/\/)[^\s/:@"']+:[^\s/@"']+@/g, "$1(credentials)@"],
];

/** Names of environment variables and map keys whose values are secret. */
const secretName = /pass(?:word|wd)?|secret|token|credential|api[-_]?key|private/i;

/** The text without private keys, tokens and credentials in URLs. */
export function redactText(text: string): string {
  return secrets.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/**
 * The value without the parts whose name is a secret's: variables `{name, value}` of containers, and members of maps.
 * `managedFields` and kubectl's copy of the object are taken out too, because they repeat everything.
 */
export function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
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
