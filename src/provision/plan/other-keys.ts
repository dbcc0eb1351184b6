import { findOtherKey, otherKey } from "../../keys/other-key.js";
import type { PlacedVm } from "../model.js";

/** The public keys that may log in to a VM besides farm's: of `keys_path`, made when it is not there. @throws ConfigError */
export const otherKeys = (vm: PlacedVm): Promise<string[]> => keysOf(vm, otherKey);

/** The same as far as they are there. @throws ConfigError */
export const knownOtherKeys = (vm: PlacedVm): Promise<string[]> => keysOf(vm, findOtherKey);

async function keysOf(
  { recipes: [system] }: PlacedVm,
  find: (path: string) => Promise<string | undefined>,
): Promise<string[]> {
  const path = system?.guest?.keysPath;
  const key = path === undefined ? undefined : await find(path);
  return key === undefined ? [] : [key];
}
