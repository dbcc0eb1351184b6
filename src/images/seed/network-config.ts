import { cloudYaml } from "./cloud-yaml.js";

/**
 * cloud-init's network configuration, version 2: DHCP on one of the guest's cards. By its MAC address, since all
 * of cloud-init's renderers understand that (not so a pattern of names). Without one there is no file:
 * cloud-init then asks for DHCP on the first card that it finds.
 */
export function networkConfig(mac: string | undefined): string | undefined {
  if (mac === undefined) return undefined;
  const card = { match: { macaddress: mac.toLowerCase() }, "set-name": "eth0", dhcp4: true };
  return cloudYaml({ version: 2, ethernets: { eth0: card } });
}
