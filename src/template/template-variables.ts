import { statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";

/** What a template may ask about itself: Ansible's `template_path` and its like, and `ansible_managed`. @param given as the task names it */
export function templateVariables(path: string, given = path, dest?: string): Record<string, unknown> {
  const found = statSync(path, { throwIfNoEntry: false });
  return {
    ansible_managed: "Ansible managed",
    template_host: hostname(),
    template_path: given,
    template_fullpath: resolve(path),
    template_run_date: pythonTime(new Date()),
    ...(found && { template_mtime: pythonTime(found.mtime), template_uid: ownerOf(found.uid) }),
    ...(dest !== undefined && { template_destpath: dest }),
  };
}

/** A user's name is known only for who runs farm. */
function ownerOf(uid: number): string | number {
  const own = userInfo();
  return own.uid === uid ? own.username : uid;
}

/** `2024-05-06 07:08:09.123000` of local time. */
function pythonTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().replace("T", " ").replace("Z", "000");
}
