/** The first thing wrong with a switch's settings, in words for its owner. */
export class SettingProblem extends Error {}

/** `value`, or the problem that the setting `key` has `text`, which is not of that kind. */
export function required<T>(value: T | undefined, key: string, text: string, kind: string): T {
  if (value === undefined) throw wrong(key, text, kind);
  return value;
}

export function wrong(key: string, text: string, kind: string): SettingProblem {
  return new SettingProblem(`has ${key}=${JSON.stringify(text)}, which is not ${kind}`);
}
