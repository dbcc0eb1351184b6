import { script } from "../remote/script.js";
import type { PackageManager, PackagesWanted } from "./package-manager.js";

const ENV = { LC_ALL: "C" };

/** The names that a script printed, one a line: those for which something is to be done. */
const printed = (wanted: PackagesWanted, stdout: string): string[] => {
  const lines = new Set(stdout.split("\n"));
  return wanted.names.filter((name) => lines.has(name));
};

/** A script that is given the state and the names, and prints the names that are not settled. */
const asking = (name: string, text: string) => (wanted: PackagesWanted) =>
  script(name, text, [wanted.state, ...wanted.names], { env: ENV });

const APK = `state=$1; shift
command -v apk >/dev/null || exit 127
for name; do
  plain=\${name%%[<>=~]*}
  if apk info -e -- "$name" >/dev/null 2>&1; then here=yes; else here=; fi
  case $state in
    absent) [ "$here" ] && printf '%s\\n' "$name" ;;
    present) [ "$here" ] || printf '%s\\n' "$name" ;;
    latest) if [ ! "$here" ] || [ "$(apk version -l '<' "$plain" 2>/dev/null | sed 1d)" ]; then printf '%s\\n' "$name"; fi ;;
  esac
done
exit 0`;

export const APK_MANAGER: PackageManager = {
  program: "apk",
  ask: asking("apk-query", APK),
  unsettled: printed,
  install: (names, { state, extraArgs }) => ({
    argv: ["apk", "add", ...(state === "latest" ? ["--upgrade"] : []), ...extraArgs, "--", ...names],
    env: ENV,
  }),
  remove: (names, { extraArgs }) => ({ argv: ["apk", "del", ...extraArgs, "--", ...names], env: ENV }),
  update: () => ({ argv: ["apk", "update"], env: ENV }),
  upgrade: ({ extraArgs }) => ({ argv: ["apk", "upgrade", ...extraArgs], env: ENV }),
  upgraded: (stdout) => /(Installing|Upgrading|Replacing|Purging) /.test(stdout),
};

const RPM = `state=$1 check=$2; shift 2
command -v rpm >/dev/null || exit 127
for name; do
  if rpm -q -- "$name" >/dev/null 2>&1 || rpm -q --whatprovides -- "$name" >/dev/null 2>&1; then here=yes; else here=; fi
  case $state in
    absent) [ "$here" ] && printf '%s\\n' "$name" ;;
    present) [ "$here" ] || printf '%s\\n' "$name" ;;
    latest) if [ ! "$here" ] || ! $check "$name" >/dev/null 2>&1; then printf '%s\\n' "$name"; fi ;;
  esac
done
exit 0`;

/** dnf and yum: they exit with 100 when there is something newer. */
const rpmManager = (program: "dnf" | "yum"): PackageManager => ({
  program,
  ask: ({ state, names }) =>
    script("rpm-query", RPM, [state, `${program} -q check-update`, ...names], { env: ENV }),
  unsettled: printed,
  install: (names, { state, extraArgs }) => ({
    argv: [program, "-y", "-q", state === "latest" ? "upgrade" : "install", ...extraArgs, ...names],
    env: ENV,
  }),
  remove: (names, { extraArgs }) => ({
    argv: [program, "-y", "-q", "remove", ...extraArgs, ...names],
    env: ENV,
  }),
  update: () => ({ argv: [program, "-q", "makecache"], env: ENV }),
  upgrade: ({ extraArgs }) => ({ argv: [program, "-y", "upgrade", ...extraArgs], env: ENV }),
  upgraded: (stdout) => !/Nothing to do/i.test(stdout),
});

export const DNF_MANAGER = rpmManager("dnf");
export const YUM_MANAGER = rpmManager("yum");

export const ZYPPER_MANAGER: PackageManager = {
  program: "zypper",
  ask: ({ state, names }) =>
    script("rpm-query", RPM, [state, "zypper -q list-updates", ...names], { env: ENV }),
  unsettled: printed,
  install: (names, { extraArgs }) => ({
    argv: [
      "zypper",
      "--non-interactive",
      "--quiet",
      "install",
      "--auto-agree-with-licenses",
      ...extraArgs,
      "--",
      ...names,
    ],
    env: ENV,
  }),
  remove: (names, { extraArgs }) => ({
    argv: ["zypper", "--non-interactive", "--quiet", "remove", ...extraArgs, "--", ...names],
    env: ENV,
  }),
  update: () => ({ argv: ["zypper", "--non-interactive", "--quiet", "refresh"], env: ENV }),
  upgrade: ({ extraArgs }) => ({ argv: ["zypper", "--non-interactive", "update", ...extraArgs], env: ENV }),
  upgraded: (stdout) => !/Nothing to do/i.test(stdout),
};
