import { apk } from "../modules/apk.js";
import { apt } from "../modules/apt.js";
import { dnf } from "../modules/dnf.js";
import { ModuleFailure } from "../modules/failure.js";
import type { AnyModule, ModuleContext, ModuleResult } from "../modules/module.js";
import { pacman } from "../modules/pacman.js";
import { yum } from "../modules/yum.js";
import { zypper } from "../modules/zypper.js";

const MANAGERS = { apk, apt, dnf, pacman, yum, zypper } as unknown as Readonly<Record<string, AnyModule>>;

interface PlainWanted {
  readonly name: readonly string[];
  readonly state: string;
  readonly update_cache: boolean;
}

/** The module of a package manager with what all of them understand. @throws ModuleFailure for one that farm does not know */
export async function checkedPlain(
  manager: string,
  wanted: PlainWanted,
  context: ModuleContext,
): Promise<ModuleResult> {
  const module = Object.hasOwn(MANAGERS, manager) ? MANAGERS[manager] : undefined;
  if (!module)
    throw new ModuleFailure(
      manager === "unknown"
        ? `this machine has no package manager that farm knows (${Object.keys(MANAGERS).join(", ")})`
        : `farm cannot use the package manager '${manager}', only ${Object.keys(MANAGERS).join(", ")}`,
      { known: Object.keys(MANAGERS) },
    );
  const state = { installed: "present", removed: "absent" }[wanted.state] ?? wanted.state;
  return module.run(module.args.parse({ ...wanted, state }) as never, context);
}
