import { ModuleFailure } from "../module/failure.js";
import type { AnyModule, ModuleContext, ModuleResult } from "../module/module.js";
import { apk } from "./apk.js";
import { apt } from "./apt.js";
import { dnf } from "./dnf.js";
import { pacman } from "./pacman.js";
import { yum } from "./yum.js";
import { zypper } from "./zypper.js";

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
