import { z } from "zod";
import { ConfigError, type FarmError, type Position } from "../../errors.js";
import type { NamedFiles } from "../../load/definitions/named-files.js";
import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { nearestKey } from "../../values/near-key.js";
import { positionAt } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import { CLOUD_CONFIG_KEYS, CLOUD_CONFIG_LISTS } from "../seed/cloud-config-keys.js";

const text = z.string().min(1);
/** A mapping, or the name of a YAML file that holds one. */
const document = z.union([text, z.record(z.string(), z.unknown())]);

/** Arguments of the callbacks that say what a guest is told at its first boot. */
export const guestArguments = {
  keys_path: text.optional(),
  user_data: document.optional(),
  meta_data: document.optional(),
  network_config: document.optional(),
  first_boot: text.optional(),
};
export type GuestArguments = z.infer<z.ZodObject<typeof guestArguments>>;

/** A script of the user's that runs once in a guest, as root. */
export interface FirstBoot {
  /** For messages: its file, or the argument's name. */
  readonly name: string;
  readonly text: string;
}

/** What the user wants a guest to be told at its first boot, besides what farm needs to log in. */
export interface GuestSettings {
  /** Of a private key on the controller; may begin with `~/`. */
  readonly keysPath?: string;
  readonly userData?: Mapping;
  readonly metaData?: Mapping;
  readonly networkConfig?: Mapping;
  readonly firstBoot?: FirstBoot;
}

type Path = readonly (string | number)[];

/** Where the arguments stand, and whose they are. */
export interface ArgumentsPlace {
  readonly definition: VmDefinition;
  readonly files: NamedFiles;
  /** Of an argument, or of something in it. */
  readonly locate: (path: Path) => Position | undefined;
}

/** Reads the files that arguments name, and checks what cloud-init would only tell in the guest. @throws ConfigError(s) */
export function guestSettings(args: GuestArguments, place: ArgumentsPlace): GuestSettings {
  const problems = new Problems();
  const read = <T>(work: () => T) => problems.attempt(work);
  const userData = read(() => documentOf("user_data", args.user_data, place, checkUserData));
  const metaData = read(() => documentOf("meta_data", args.meta_data, place));
  const networkConfig = read(() => documentOf("network_config", args.network_config, place, checkNetwork));
  const firstBoot = read(() => scriptOf(args.first_boot, place));
  const keysPath = read(() => keysPathOf(args.keys_path, place));
  problems.throwIfAny();
  return {
    ...(keysPath !== undefined && { keysPath }),
    ...(userData && { userData }),
    ...(metaData && { metaData }),
    ...(networkConfig && { networkConfig }),
    ...(firstBoot && { firstBoot }),
  };
}

/** The seed names a key below the hypervisor's `tmp_dir`, and means the controller's `~/.ssh`. */
function keysPathOf(written: string | undefined, place: ArgumentsPlace): string | undefined {
  if (written === undefined) return undefined;
  const temporary = `${place.definition.metadata.tmp_dir.replace(/\/+$/, "")}/`;
  if (written.startsWith(temporary)) return `~/.ssh/${written.slice(written.lastIndexOf("/") + 1)}`;
  if (/^(~?\/)/.test(written)) return written;
  throw new ConfigError("keys_path is a path that begins with / or ~/", {
    position: place.locate(["keys_path"]),
    hint: "of the private key, on this machine",
  });
}

type Check = (value: Mapping, where: (path: Path) => Position | undefined) => readonly FarmError[];

function documentOf(
  argument: string,
  written: string | Mapping | undefined,
  { files, definition, locate }: ArgumentsPlace,
  check?: Check,
): Mapping | undefined {
  if (written === undefined) return undefined;
  const position = locate([argument]);
  if (typeof written === "string") refuseScript(argument, files.text(written, position));
  const value = typeof written === "string" ? files.yaml(written, definition, position) : written;
  if (!isMapping(value))
    throw new ConfigError(`${argument}: ${String(written)} holds no mapping`, { position });
  const inFile = typeof written === "string";
  const where = (path: Path) => (inFile ? positionAt(value, path) : undefined) ?? locate([argument, ...path]);
  const problems = new Problems();
  for (const error of check?.(value, where) ?? []) problems.add(error);
  problems.throwIfAny();
  return value;
}

/** cloud-init takes other things than cloud-config as user-data: those cannot be merged. */
function refuseScript(argument: string, { file, text: content }: { file: string; text: string }): void {
  if (!/^(#!|#include|#part-handler|Content-Type:|MIME-Version:)/i.test(content)) return;
  throw new ConfigError(`${argument} is to be a YAML mapping`, {
    position: { file, line: 1, column: 1 },
    hint: content.startsWith("#!") ? "name a script as first_boot" : "write it as cloud-config",
  });
}

const checkUserData: Check = (value, where) => [
  ...Object.keys(value).flatMap((key) => {
    const meant = nearestKey(key, CLOUD_CONFIG_KEYS);
    if (meant === undefined) return [];
    return [
      new ConfigError(`cloud-config has no key '${key}'; did you mean '${meant}'?`, {
        position: where([key]),
      }),
    ];
  }),
  ...CLOUD_CONFIG_LISTS.flatMap((key) =>
    Object.hasOwn(value, key) && !Array.isArray(value[key])
      ? [new ConfigError(`cloud-config: ${key} must be a list`, { position: where([key]) })]
      : [],
  ),
  ...(Array.isArray(value["users"]) ? value["users"] : []).flatMap((user: unknown, index) =>
    typeof user === "string" || (isMapping(user) && typeof (user["name"] ?? user["snapuser"]) === "string")
      ? []
      : [
          new ConfigError("cloud-config: a user is a name, or a mapping with one", {
            position: where(["users", index]),
          }),
        ],
  ),
];

const checkNetwork: Check = (value, where) => {
  const inner = isMapping(value["network"]) ? value["network"] : value;
  if (inner["version"] === 1 || inner["version"] === 2) return [];
  return [
    new ConfigError("network_config needs `version: 1` or `version: 2`", { position: where(["version"]) }),
  ];
};

function scriptOf(written: string | undefined, { files, locate }: ArgumentsPlace): FirstBoot | undefined {
  if (written === undefined) return undefined;
  if (written.startsWith("#!")) return { name: "first_boot", text: written };
  const { file, text: content } = files.text(written, locate(["first_boot"]));
  if (content.startsWith("#!")) return { name: file, text: content };
  throw new ConfigError("a first-boot script begins with #! and its interpreter", {
    position: { file, line: 1, column: 1 },
  });
}
