import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { XmlTree } from "../xml.js";

/** What firmware adds to `<os>`, and what else it needs of the machine. */
export interface Firmware {
  readonly os: XmlTree;
  /** UEFI: the guest may be told of its hardware by ACPI tables. */
  readonly uefi: boolean;
  /** System management mode, without which firmware made for secure boot does not start. */
  readonly smm: boolean;
}

const NONE: Firmware = { os: {}, uefi: false, smm: false };

/**
 * How packages name the variables that belong to a firmware: Debian and Ubuntu (AAVMF_CODE.fd, OVMF_CODE_4M.ms.fd),
 * Fedora (QEMU_EFI-pflash.raw), QEMU's own (edk2-x86_64-code.fd).
 */
const TEMPLATES: readonly (readonly [code: RegExp, vars: string])[] = [
  [/_CODE(_4M)?\.secboot\.fd$/, "_VARS$1.fd"],
  [/_CODE((_4M)?(\.\w+)?\.fd)$/, "_VARS$1"],
  [/QEMU_EFI-(silent-)?pflash\.raw$/, "vars-template-pflash.raw"],
  [/edk2-(x86_64|i386)-(secure-)?code\.fd$/, "edk2-i386-vars.fd"],
  [/edk2-(aarch64|arm)-code\.fd$/, "edk2-arm-vars.fd"],
];

const SECURE = /_CODE(_4M)?\.(secboot|ms|snakeoil)\.fd$|edk2-(x86_64|i386)-secure-code\.fd$/;
const X86 = new Set(["x86_64", "i686"]);

/** Whether a VM with this firmware has variables of its own in flash. */
export const hasFlash = ({ firmware = "", nvram_template: vars }: FirmwareParts): boolean =>
  firmware === "efi" || (firmware !== "" && varsOf(firmware, vars) !== undefined);

type FirmwareParts = Pick<VmDefinition, "firmware" | "nvram_template">;

/** Said, else by the firmware's name. */
function varsOf(firmware: string, said: string | undefined): string | undefined {
  const found = TEMPLATES.find(([code]) => code.test(firmware));
  return said ?? (found && firmware.replace(...found));
}

/**
 * `efi` leaves the choice to libvirt. A path whose variables are known is UEFI in flash; any other is loaded as the machine's
 * ROM, as `qemu -bios` does. `nvram` is where this VM's own copy of the variables shall be.
 */
export function firmwareOf(
  { firmware, nvram_template: said, arch }: FirmwareParts & { readonly arch: string },
  nvram: string | undefined,
): Firmware {
  if (firmware === undefined) return NONE;
  if (firmware === "efi") return { os: { "@firmware": "efi", nvram }, uefi: true, smm: false };
  const vars = varsOf(firmware, said);
  if (vars === undefined)
    return { ...NONE, os: { loader: { "@readonly": "yes", "@type": "rom", "#": firmware } } };
  const secure = X86.has(arch) && SECURE.test(firmware);
  return {
    os: {
      loader: {
        "@readonly": "yes",
        "@secure": secure ? "yes" : undefined,
        "@type": "pflash",
        "#": firmware,
      },
      nvram: { "@template": vars, "#": nvram },
    },
    uefi: true,
    smm: secure,
  };
}
