import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { FilterRule } from "./filter.js";

/** What of a module's means the work on a tree needs. */
export type SyncContext = Pick<ModuleContext, "ask" | "act" | "check">;

/** How two trees are brought together. */
export interface SyncOptions {
  readonly recursive: boolean;
  readonly links: boolean;
  readonly copyLinks: boolean;
  readonly perms: boolean;
  readonly times: boolean;
  /** Who shall own what is sent: its owner at the source, the one named, or nobody in particular. */
  readonly owner: boolean | string;
  readonly group: boolean | string;
  readonly checksum: boolean;
  readonly existingOnly: boolean;
  readonly ignoreExisting: boolean;
  /** Leave files alone that are newer at the destination. */
  readonly update: boolean;
  readonly delete: boolean;
  readonly rules: readonly FilterRule[];
}

/** What these say is so anyway, or only about how rsync works. */
const WITHOUT_EFFECT =
  /^(?:-[vqhPz]+|--(?:verbose|quiet|human-readable|progress|partial|compress|stats|itemize-changes|omit-dir-times|delete-(?:before|during|delay|after)|no-inc-recursive|protect-args|numeric-ids|safe-links|one-file-system|mkpath|info=.*|timeout=.*|bwlimit=.*))$|^-O$/;

const SWITCHES: Readonly<Record<string, Partial<SyncOptions>>> = {
  "--no-owner": { owner: false },
  "--no-o": { owner: false },
  "--no-group": { group: false },
  "--no-g": { group: false },
  "--no-perms": { perms: false },
  "--no-p": { perms: false },
  "--no-times": { times: false },
  "--no-t": { times: false },
  "--no-links": { links: false },
  "--no-l": { links: false },
  "--ignore-existing": { ignoreExisting: true },
  "--existing": { existingOnly: true },
  "--update": { update: true },
  "-u": { update: true },
  "--checksum": { checksum: true },
  "-c": { checksum: true },
  "--delete": { delete: true },
  "--copy-links": { copyLinks: true },
  "-L": { copyLinks: true },
};

/** The options with what `rsync_opts` say of them. @throws ModuleFailure that names what is not known */
export function withRsyncOptions(given: SyncOptions, opts: readonly string[]): SyncOptions {
  const rules: FilterRule[] = [...given.rules];
  let options = given;
  const rest = [...opts];
  for (let opt = rest.shift(); opt !== undefined; opt = rest.shift()) {
    const [, name = opt, inline] = /^(--(?:exclude|include|chown))(?:=([\s\S]*))?$/.exec(opt) ?? [];
    if (/^--(?:exclude|include|chown)$/.test(name)) {
      const value = inline ?? rest.shift() ?? "";
      if (name === "--chown") options = { ...options, ...chown(value) };
      else rules.push({ include: name === "--include", pattern: value });
    } else if (Object.hasOwn(SWITCHES, opt)) options = { ...options, ...SWITCHES[opt] };
    else if (!WITHOUT_EFFECT.test(opt) && opt !== "")
      throw new ModuleFailure(
        `rsync_opts: '${opt}' is not known: there is no rsync; known are --exclude, --include, --chown, ${Object.keys(SWITCHES).join(", ")}`,
      );
  }
  return { ...options, rules };
}

function chown(value: string): Partial<SyncOptions> {
  const [owner = "", group = ""] = value.split(":");
  return { ...(owner !== "" && { owner }), ...(group !== "" && { group }) };
}
