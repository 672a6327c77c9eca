/** The first fault in a switch's settings, in words for its owner. */
export class SettingProblem extends Error {}

/**
 * Gives `value`. When it is undefined, throws the problem that the setting `key` has the text `text`, which is not of
 * that kind.
 */
export function requiredSetting<T>(value: T | undefined, key: string, text: string, kind: string): T {
  if (value === undefined) throw wrongSetting(key, text, kind);
  return value;
}

export function wrongSetting(key: string, text: string, kind: string): SettingProblem {
  return new SettingProblem(`has ${key}=${JSON.stringify(text)}, which is not ${kind}`);
}
