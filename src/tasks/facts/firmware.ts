import type { KnownFacts } from "./fact-types.js";
import type { Material } from "./material.js";

const DMI = "/sys/devices/virtual/dmi/id/";

/** What the machine's firmware says of it; `NA` where it says nothing. */
export function firmwareFacts(material: Material): Partial<KnownFacts> {
  const said = (field: string) => material.text(`${DMI}${field}`) ?? "NA";
  return {
    bios_date: said("bios_date"),
    bios_vendor: said("bios_vendor"),
    bios_version: said("bios_version"),
    product_name: said("product_name"),
    product_serial: said("product_serial"),
    product_uuid: said("product_uuid"),
    product_version: said("product_version"),
    system_vendor: said("sys_vendor"),
  };
}
