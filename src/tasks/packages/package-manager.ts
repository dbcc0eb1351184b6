import { ModuleFailure } from "../module/failure.js";

export const missing = (program: string): ModuleFailure =>
  new ModuleFailure(
    `there is no ${program} on this machine: use the module of its own package manager, or package`,
  );
