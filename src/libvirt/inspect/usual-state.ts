import { homedir, userInfo } from "node:os";
import type { HypervisorState } from "../../dispatch/model.js";
import { ansibleFacts } from "./ansible-facts.js";

/** Stands in for a hypervisor's answers: a definition mostly asks for a home directory and a user's number. */
export function usualState(name: string): HypervisorState {
  const { username: user, uid } = userInfo();
  const [home, memoryMiB] = [homedir(), 8192];
  const usual = { user, uid, home, cpus: 8, memoryMiB, availableMiB: memoryMiB };
  const sections = new Map([
    ["facts", `machine=x86_64\nkernel=6.1.0\nnode=${name}`],
    ["os-release", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm"],
    ["environment", `HOME=${home}\nPATH=/usr/bin:/bin\nXDG_RUNTIME_DIR=/run/user/${uid}`],
  ]);
  const nothing = { domainTypes: {}, emulators: {}, freeMemoryMiB: memoryMiB };
  return { name, reachable: true, cpus: 8, memoryMiB, ...nothing, facts: ansibleFacts(usual, sections) };
}
