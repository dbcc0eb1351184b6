import { ModuleFailure } from "../module/failure.js";
import type { AnyModule, ModuleContext, ModuleResult } from "../module/module.js";
import { checked } from "../run/arguments.js";
import { apk } from "./apk.js";
import { apt } from "./apt.js";
import { dnf } from "./dnf.js";
import { pacman } from "./pacman.js";
import { yum } from "./yum.js";
import { zypper } from "./zypper.js";

const MANAGERS = { apk, apt, dnf, pacman, yum, zypper } as unknown as Readonly<Record<string, AnyModule>>;

const namesOf = ({ args, aliases = {} }: AnyModule): string[] => [
  ...Object.keys(args.shape),
  ...Object.keys(aliases),
];

/** Every argument that some package manager's module has, under all of its names. */
export const managersArguments = (): string[] => [...new Set(Object.values(MANAGERS).flatMap(namesOf))];

/** The module of a package manager with what it is given. @throws ModuleFailure for a manager that farm does not know, and for what it does not take */
export async function byManager(
  manager: string,
  { state: wanted, ...given }: Readonly<Record<string, unknown>>,
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
  const state = wanted === "installed" ? "present" : wanted === "removed" ? "absent" : wanted;
  const known = namesOf(module);
  const foreign = Object.keys(given).find((name) => !known.includes(name));
  if (foreign !== undefined)
    throw new ModuleFailure(`${manager}, this machine's package manager, takes no '${foreign}'`);
  return module.run(checked(module, { ...given, ...(state !== undefined && { state }) }) as never, context);
}
