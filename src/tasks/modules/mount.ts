import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { type FstabEdited, withEntry, withoutEntry } from "../system/fstab.js";
import {
  askMounts,
  type MountState,
  mountAt,
  removeMountPoint,
  restoreFstab,
  unmount,
  writeFstab,
} from "../system/mount-work.js";

const Args = z.strictObject({
  path: path().describe("where it is mounted"),
  state: z
    .enum(["absent", "absent_from_fstab", "mounted", "present", "unmounted", "remounted", "ephemeral"])
    .describe(
      "mounted: in fstab and mounted; present: in fstab; absent: neither, and no directory; absent_from_fstab: not in fstab; " +
        "unmounted, remounted: fstab stays; ephemeral: mounted without fstab",
    ),
  src: path().optional().describe("a device, UUID=, LABEL=, server:/path, or a directory to bind"),
  fstype: text().optional().describe("the file system's type"),
  opts: text().optional().describe("options of mount; `defaults` by default"),
  opts_no_log: bool().default(false).describe("opts are not told in the result"),
  dump: text().default("0").describe("fstab's fifth field"),
  passno: text().default("0").describe("fstab's sixth field"),
  fstab: path().default("/etc/fstab").describe("another file than /etc/fstab"),
  boot: bool().default(true).describe("mount it at boot; otherwise `noauto` is one of the options"),
  backup: bool().default(false).describe("keep the old fstab beside the new one"),
});
type MountArgs = z.infer<typeof Args>;

/** File systems, mounted and in fstab. */
export const mount: Module<MountArgs> = {
  name: "mount",
  summary: "Sees to what is mounted at a path, and to fstab.",
  args: Args,
  aliases: { name: "path" },
  differs: [
    "When the source of a mount changes, the old one is unmounted first; Ansible's mounts the old one again.",
    "An entry of fstab with four or five fields is known, and one with the same meaning left as it is.",
  ],
  async run(given, context) {
    const args = { ...given, opts: optionsOf(given) };
    const { state, src, fstype, path: at, fstab } = args;
    if (NEED_SOURCE.has(state) && (src === undefined || fstype === undefined))
      throw new ModuleFailure(`state is ${state} but all of the following are missing: src, fstype`);
    const now = await askMounts(fstab, at, src ?? "", context);
    const { changed, backup_file = "" } = await STATES[state](args, now, context);
    const { dump, passno, opts } = args;
    return {
      changed,
      name: at,
      ...(src !== undefined && { src }),
      ...(fstype !== undefined && { fstype }),
      opts: args.opts_no_log ? "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" : opts,
      dump,
      passno,
      fstab,
      boot: args.boot ? "yes" : "no",
      backup_file,
    };
  },
};

const NEED_SOURCE = new Set<string>(["mounted", "present", "ephemeral"]);

function optionsOf({ opts = "defaults", boot, state }: MountArgs): string {
  const isAuto = boot || state === "ephemeral" || opts.split(",").includes("noauto");
  return isAuto ? opts : `${opts},noauto`;
}

type Done = Pick<ModuleResult, "changed"> & { readonly backup_file?: string };
type Work = (args: MountArgs, now: MountState, context: ModuleContext) => Promise<Done>;

const entryOf = (args: MountArgs, now: MountState): FstabEdited => {
  const { src = "", path: at, fstype = "", opts = "defaults", dump, passno } = args;
  const { text: before, given } = now.fstab.form;
  const [device, where, options] = [given(src), given(at), given(opts)];
  return withEntry(before, { src: device, path: where, fstype, opts: options, dump, passno });
};

async function settle(
  after: string,
  args: MountArgs,
  now: MountState,
  context: ModuleContext,
): Promise<Done> {
  if (after === now.fstab.form.text) return { changed: false };
  return { changed: true, backup_file: await writeFstab(now, after, args.backup, context) };
}

const inFstab: Work = (args, now, context) => settle(entryOf(args, now).text, args, now, context);

const notInFstab: Work = (args, now, context) => {
  const { text: before, given } = now.fstab.form;
  const src = args.src === undefined ? undefined : given(args.src);
  return settle(withoutEntry(before, given(args.path), src), args, now, context);
};

async function absent(args: MountArgs, now: MountState, context: ModuleContext): Promise<Done> {
  const done = await notInFstab(args, now, context);
  if (!done.changed) return done;
  if (now.mounted) await unmount(args.path, context);
  await removeMountPoint(args.path, context);
  return done;
}

async function unmounted({ path: at }: MountArgs, now: MountState, context: ModuleContext): Promise<Done> {
  if (now.mounted) await unmount(at, context);
  return { changed: now.mounted !== undefined };
}

const ownFstab = ({ fstab }: MountArgs) => ({ fstab: fstab === "/etc/fstab" ? undefined : fstab });

async function mounted(args: MountArgs, now: MountState, context: ModuleContext): Promise<Done> {
  const { text: after, formerSrc } = entryOf(args, now);
  const done = await settle(after, args, now, context);
  if (now.mounted && !done.changed) return done;
  try {
    if (!now.mounted) await mountAt("mount", args.path, ownFstab(args), context);
    else if (formerSrc !== undefined) await mountAt("replace", args.path, ownFstab(args), context);
    // Busybox takes no options from fstab when it mounts again.
    else await mountAt("remount", args.path, { ...ownFstab(args), opts: args.opts }, context);
  } catch (error) {
    if (done.changed) await restoreFstab(now, after, context);
    throw error;
  }
  return { ...done, changed: true };
}

async function remounted(args: MountArgs, _now: MountState, context: ModuleContext): Promise<Done> {
  const { opts = "defaults", path: at } = args;
  // Options that fail must not end in a mount without them.
  if (opts === "defaults") await mountAt("remount", at, ownFstab(args), context);
  else await mountAt("refresh", at, { ...ownFstab(args), opts }, context);
  return { changed: true };
}

async function ephemeral(args: MountArgs, now: MountState, context: ModuleContext): Promise<Done> {
  const { src = "", fstype = "", path: at, opts } = args;
  if (now.mounted && !now.isSource)
    throw new ModuleFailure(
      `${at} is already mounted with a different source (${now.mounted.source}): unmount it first, or use another path`,
    );
  const options = { fstype, src, opts: opts === "defaults" ? undefined : opts };
  await mountAt(now.mounted ? "remount" : "mount", at, options, context);
  return { changed: true };
}

const STATES: Readonly<Record<MountArgs["state"], Work>> = {
  absent,
  absent_from_fstab: notInFstab,
  mounted,
  present: inFstab,
  unmounted,
  remounted,
  ephemeral,
};
