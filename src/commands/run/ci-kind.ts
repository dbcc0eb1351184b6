type Env = Readonly<Record<string, string | undefined>>;

/** Which CI's markers and pages a run writes. */
export type CiKind = "github" | "gitlab" | "off";

/** `auto` looks at what the CI sets. */
export function ciKind(wanted: CiKind | "auto", env: Env): CiKind {
  if (wanted !== "auto") return wanted;
  if (env["GITHUB_ACTIONS"] === "true") return "github";
  return env["GITLAB_CI"] === "true" ? "gitlab" : "off";
}
