import type { UserFiles } from "../files/user-files.js";
import type { Inventory } from "./inventory.js";
import type { Variables } from "./variables.js";

/** What was read before anything is made of it. */
export interface LoadContext {
  /** The project's, absolute. */
  readonly directory: string;
  readonly cwd: string;
  readonly files: UserFiles;
  /** Absolute. */
  readonly inventoryPath: string;
  /** As messages show it. */
  readonly inventoryFile: string;
  readonly inventory: Inventory;
  readonly variables: Variables;
}
