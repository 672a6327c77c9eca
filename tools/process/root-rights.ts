/**
 * For a test's `skip`: false for root, otherwise the reason. Always false with CI=true, so that a CI without the rights of
 * root fails instead of proving less.
 */
export function whyNotRoot(uid = process.getuid?.(), env: NodeJS.ProcessEnv = process.env): string | false {
  return uid === 0 || env["CI"] === "true" ? false : "network namespaces, mounts and cgroups need root";
}
