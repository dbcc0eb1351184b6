import type { StoredVm } from "../../../src/restore/store.js";

/** A VM's directory that nobody works on; what a test is about it names. */
export const storedVm = (parts: Partial<StoredVm> = {}): StoredVm => ({
  name: "vm",
  exists: true,
  bytes: 1,
  points: [],
  images: [],
  recorded: true,
  holder: null,
  starting: false,
  run: null,
  uri: null,
  ...parts,
});
