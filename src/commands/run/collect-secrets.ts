import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { Secrets } from "../../report/mask.js";

/** Makes the passwords of a definition known, so that no event shows them. */
export function collectSecrets({ metadata: { auth } }: VmDefinition, secrets: Secrets): void {
  secrets.add(auth.password);
  secrets.add(auth.become_password);
}
