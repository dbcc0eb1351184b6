import { posix } from "node:path";
import type { NamedPaths } from "../../dispatch/model.js";
import { DEFAULT_MACHINES } from "../../expand/machine-defaults.js";

/** Programs and files of a hypervisor that definitions name. */
export interface Named {
  /** Emulators of the user's own, with the architecture that they are to run. */
  readonly emulators: readonly { readonly path: string; readonly arch: string }[];
  /** Firmware images. */
  readonly firmware: readonly string[];
}

/**
 * What each of the script's arguments has to say: `firmware PATH`, or `emulator PATH ARCH MACHINE`. An emulator's own capabilities
 * come behind `emulators`; descriptors of firmware as libvirt finds them, one a line.
 */
export const ASK_NAMED = `section named
for descriptor in /etc/qemu/firmware/*.json /usr/share/qemu/firmware/*.json "$HOME/.config/qemu/firmware/"*.json; do
  for path; do
    case $path in /*) grep -qsF "\\"$path\\"" "$descriptor" && { tr -d '\\n' <"$descriptor"; echo; break; } ;; esac
  done
done
for path; do
  case $path in /*) ;; *) continue ;; esac
  [ ! -e "$path" ] || continue
  # Where we may not look, it may be there.
  above=$path
  while [ ! -e "$above/" ]; do above=\${above%/*}; done
  [ ! -x "$above/" ] || echo "missing $path"
done
section emulators
while [ $# -ge 4 ]; do
  if [ "$1" = emulator ]; then
    for type in qemu kvm; do
      virsh -q -c "$uri" domcapabilities --emulatorbin="$2" --arch "$3" --machine "$4" --virttype "$type" 2>/dev/null ||
        virsh -q -c "$uri" domcapabilities --emulatorbin="$2" --arch "$3" --virttype "$type" 2>/dev/null
    done
  fi
  shift 4
done`;

const NONE = "-";

/** For `ASK_NAMED`, four words each. Names that are no absolute paths are left out. */
export const namedArguments = ({ emulators, firmware }: Named): string[] => [
  ...firmware.filter(isPath).flatMap((path) => ["firmware", path, NONE, NONE]),
  ...emulators
    .filter(({ path }) => isPath(path))
    .flatMap(({ path, arch }) => ["emulator", path, arch, machineOf(arch)]),
];

const isPath = (path: string): boolean => posix.isAbsolute(path) && !/[\n\r]/.test(path);

const machineOf = (arch: string): string =>
  (Object.hasOwn(DEFAULT_MACHINES, arch) ? DEFAULT_MACHINES[arch] : undefined) ?? NONE;

/** What came of it. A path of which nothing is known is in neither. */
export function parseNamed(stdout: string): NamedPaths {
  const lines = stdout.split("\n");
  const after = (word: string) =>
    new Set(lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)));
  const templates = lines.filter((line) => line.startsWith("{")).flatMap(varsTemplate);
  return {
    missing: after("missing"),
    // The first one that tells of it is libvirt's choice too.
    varsTemplates: new Map(templates.reverse()),
  };
}

/** Of a descriptor of firmware in flash: its path, and that of the variables which belong to it. */
function varsTemplate(json: string): [string, string][] {
  try {
    const { mapping } = JSON.parse(json) as {
      mapping?: { executable?: { filename?: unknown }; "nvram-template"?: { filename?: unknown } };
    };
    const [code, vars] = [mapping?.executable?.filename, mapping?.["nvram-template"]?.filename];
    return typeof code === "string" && typeof vars === "string" ? [[code, vars]] : [];
  } catch {
    return []; // No descriptor, whatever its name is: libvirt passes over it too.
  }
}
