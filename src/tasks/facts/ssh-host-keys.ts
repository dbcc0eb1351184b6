import type { KnownFacts } from "./fact-types.js";
import type { Material } from "./material.js";

const ALGORITHMS = ["dsa", "rsa", "ecdsa", "ed25519"] as const;

/** OpenSSH's public host keys, from the first directory that holds some. */
export function sshHostKeyFacts(material: Material): Partial<KnownFacts> {
  const found = ["/etc/ssh", "/etc/openssh", "/etc"]
    .map((directory) =>
      ALGORITHMS.map((algorithm) => {
        const [type, key] = (material.text(`${directory}/ssh_host_${algorithm}_key.pub`) ?? "").split(/\s+/);
        return { name: `ssh_host_key_${algorithm}_public`, type, key };
      }).filter(({ key }) => key !== undefined),
    )
    .find((keys) => keys.length > 0);
  return Object.fromEntries(
    (found ?? []).flatMap(({ name, type, key }) => [
      [name, key],
      [`${name}_keytype`, type],
    ]),
  );
}
