import type { GuestAccess } from "../images/access/access.js";
import type { ImageRecipe } from "../images/recipe/image-recipe.js";
import { domainXml } from "../libvirt/domain/domain-xml.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../load/definitions/xml-templates.js";
import { formatSize } from "../values/size.js";
import type { Fingerprints } from "./fingerprint.js";

/** What a VM is, as far as a clean guest depends on it. */
export interface CleanParts {
  readonly definition: VmDefinition;
  readonly template?: XmlTemplate | undefined;
  readonly recipes: readonly ImageRecipe[];
  /** SHA-256 of each recipe's image, in hex. */
  readonly images: readonly string[];
  readonly emulator: string;
  /** With an instance-id and password hashes that are the same in every run. */
  readonly access: GuestAccess;
  readonly publicKey: string;
}

/** All that a clean guest is made from, by names for people; the most telling first. */
export function cleanInputs(parts: CleanParts, fingerprints: Fingerprints): Record<string, string> {
  const { definition, recipes, images, access, publicKey } = parts;
  const { arch, machine, cpu, vcpus, ram, firmware, virt_domain, metadata } = definition;
  const disks = recipes.flatMap(({ dest, sizeBytes, partitionNumber }, index) => [
    [`the image of ${dest}`, `sha256:${images[index]}`],
    [`the size of ${dest}`, sizeBytes === undefined ? "the image's" : formatSize(sizeBytes)],
    ...(partitionNumber === undefined ? [] : [[`the partition that fills ${dest}`, String(partitionNumber)]]),
  ]);
  return {
    ...Object.fromEntries(disks),
    arch,
    "domain type": virt_domain,
    machine: machine ?? "the default",
    cpu: cpu ?? "the default",
    vcpus: String(vcpus),
    ram: `${ram} MiB`,
    firmware: firmware ?? "none",
    user: metadata.auth.user,
    "the SSH key": fingerprints.text(publicKey),
    "what the guest is told at its first boot": fingerprints.text(JSON.stringify(access)),
    "the domain": fingerprints.text(xmlOf(parts)),
  };
}

type DomainParts = Pick<CleanParts, "definition" | "template" | "emulator" | "access">;

/** The domain as libvirt would get it, without what differs from run to run. @throws ConfigError */
export const xmlOf = ({ definition, template, emulator, access }: DomainParts): string =>
  domainXml({
    definition,
    template,
    // No guest sees it. What else a template of the user's makes of the name is not known.
    ...(template === undefined && { name: "vm" }),
    uuid: "00000000-0000-0000-0000-000000000000",
    emulator,
    disks: definition.disks.map((disk, index) => ({
      path: `/disk-${index}`,
      format: disk.readonly ? disk.type : "qcow2",
      readonly: disk.readonly,
      target: disk.devname,
      bus: disk.bus,
    })),
    credentials: access.credentials ?? [],
    consoleLog: "/console.log",
    nvram: "/nvram.fd",
    ownership: { project: "", vm: "", run: "", directory: "", created: "" },
  });

/** What the project's own phases are about. */
export interface ProjectParts {
  readonly project: string;
  readonly revision: string;
  readonly farmVersion: string;
  /** Path of each phase's task file that the point holds, by the phase's name. */
  readonly files: Readonly<Record<string, string>>;
  /** `--tags` and `--skip-tags`, as one text; empty for all tasks. */
  readonly tags: string;
  /** How many tasks of the last file, when it was not run to its end. */
  readonly tasks: number | undefined;
}

/** What a guest with the project's phases behind it is made from, besides what its tasks look at. */
export const projectInputs = (
  clean: Readonly<Record<string, string>>,
  { project, revision, farmVersion, files, tags, tasks }: ProjectParts,
): Record<string, string> => ({
  ...clean,
  project_id: project,
  project_revision: revision,
  ...Object.fromEntries(Object.entries(files).map(([phase, path]) => [`the file of phase ${phase}`, path])),
  tags: tags === "" ? "all" : tags,
  ...(tasks !== undefined && { "tasks behind it": String(tasks) }),
  "farm's version": farmVersion,
});
