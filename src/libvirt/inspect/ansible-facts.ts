import type { HypervisorFacts } from "./hypervisor-facts.js";
import { parsePairs } from "./inspect-script.js";

/** Ansible's names for what definitions ask about a hypervisor. */
export function ansibleFacts(
  facts: Pick<HypervisorFacts, "user" | "uid" | "home" | "cpus" | "memoryMiB" | "availableMiB">,
  sections: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const said = parsePairs(sections.get("facts"));
  const release = parsePairs(sections.get("os-release"));
  const environment = [...parsePairs(sections.get("environment"))].filter(([, value]) => value !== "");
  const node = said.get("node") ?? "";
  return {
    ansible_system: "Linux",
    ansible_architecture: said.get("machine"),
    ansible_machine: said.get("machine"),
    ansible_kernel: said.get("kernel"),
    ansible_nodename: node,
    ansible_hostname: node.split(".")[0],
    ansible_user_id: facts.user,
    ansible_user_uid: facts.uid,
    ansible_user_dir: facts.home,
    ansible_env: { ...Object.fromEntries(environment), USER: facts.user },
    ansible_processor_vcpus: facts.cpus,
    ansible_processor_nproc: facts.cpus,
    ansible_memtotal_mb: facts.memoryMiB,
    ansible_memfree_mb: facts.availableMiB,
    ...distribution(release),
  };
}

function distribution(release: ReadonlyMap<string, string>): Record<string, string> {
  const id = unquoted(release.get("ID"));
  if (!id) return {};
  const version = unquoted(release.get("VERSION_ID"));
  return {
    ansible_distribution: id.charAt(0).toUpperCase() + id.slice(1),
    ansible_distribution_version: version,
    ansible_distribution_major_version: version.split(".")[0] ?? "",
    ansible_distribution_release: unquoted(release.get("VERSION_CODENAME")),
  };
}

const unquoted = (value: string | undefined): string => (value ?? "").replace(/^(["'])(.*)\1$/, "$2");
