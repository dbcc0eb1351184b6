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
