import type { Manifest } from "../../../src/restore/manifest.js";

/** A restore point as it may be; what a test is about it names. */
export const manifest = (parts: Partial<Manifest> = {}): Manifest => ({
  format: 1,
  name: "init-0123456789abcdef-01234567",
  kind: "init",
  project: "project",
  vm: "vm",
  created: "2026-11-24T01:00:00.000Z",
  below: null,
  images: ["/pool/farm/images/sha256-1.qcow2"],
  inputs: {},
  trace: { files: {}, variables: {}, environment: {} },
  domain: { name: "vm", uuid: "0da92d22-b345-488a-92b9-6ce711ddaeff", directory: "/pool/farm/vms/vm" },
  live: true,
  disks: [0],
  seed: false,
  ...parts,
});
