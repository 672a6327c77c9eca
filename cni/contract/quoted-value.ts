const maxLength = 80;

/** A value that a user wrote, as a message quotes it: as JSON, cut to 80 characters. */
export function quotedValue(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
