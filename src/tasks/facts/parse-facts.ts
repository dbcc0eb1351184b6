import { dateTimeFacts } from "./date-time.js";
import { distributionFacts, lsbFacts, osRelease } from "./distribution.js";
import { dnsFacts } from "./dns.js";
import type { KnownFacts, MachineFacts } from "./fact-types.js";
import { firmwareFacts } from "./firmware.js";
import { kernelFacts } from "./kernel.js";
import { localFacts } from "./local-facts.js";
import { managerFacts } from "./managers.js";
import { type Material, parseMaterial } from "./material.js";
import { memoryFacts } from "./memory.js";
import { mountFacts } from "./mounts.js";
import { interfaceFacts, networkFacts } from "./network.js";
import { platformFacts } from "./platform.js";
import { processorFacts } from "./processor.js";
import { sshHostKeyFacts } from "./ssh-host-keys.js";
import { userFacts } from "./user.js";
import { virtualizationFacts } from "./virtualization.js";

/**
 * Ansible's facts from what the script of `FACTS_COMMAND` printed, whatever that is: what cannot be read is left out, and
 * nothing throws. Every text in it is a guest's, and never a template.
 */
export function parseFacts(stdout: string): MachineFacts {
  const material = parseMaterial(stdout);
  const platform = platformFacts(material);
  const anywhere: Partial<KnownFacts> = {
    ...platform,
    ...userFacts(material),
    ...dateTimeFacts(material),
    ...(Object.keys(material.env).length > 0 ? { env: material.env } : {}),
  };
  if (platform.system !== "Linux") return anywhere;
  return { ...interfaceFacts(material), ...anywhere, ...linuxFacts(material, platform) };
}

function linuxFacts(material: Material, platform: Partial<KnownFacts>): Partial<KnownFacts> {
  const release = osRelease(material);
  const distribution = distributionFacts(material, release);
  return {
    ...distribution,
    ...lsbFacts(material, release),
    ...managerFacts(material, distribution),
    ...memoryFacts(material),
    ...processorFacts(material, platform.architecture),
    ...networkFacts(material),
    ...dnsFacts(material),
    ...mountFacts(material),
    ...kernelFacts(material),
    ...firmwareFacts(material),
    ...virtualizationFacts(material),
    ...sshHostKeyFacts(material),
    local: localFacts(material.said("local")),
  };
}
