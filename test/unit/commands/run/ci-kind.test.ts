import { expect, test } from "vitest";
import { ciKind } from "../../../../src/commands/run/ci-kind.js";

test.each([
  ["auto", {}, "off"],
  ["auto", { CI: "true" }, "off"],
  ["auto", { GITHUB_ACTIONS: "true" }, "github"],
  ["auto", { GITLAB_CI: "true" }, "gitlab"],
  ["off", { GITHUB_ACTIONS: "true" }, "off"],
  ["gitlab", {}, "gitlab"],
] as const)("--ci %s with %j: %s", (wanted, env, kind) => expect(ciKind(wanted, env)).toBe(kind));
