import { expect, test } from "vitest";
import { parseHostKey, readHostKey } from "../../../../src/provision/guest/host-key-file.js";
import type { Shell } from "../../../../src/transport/shell.js";

test.each([
  ["ssh-ed25519 AAAAC3Nz+/a=\n", "ssh-ed25519 AAAAC3Nz+/a="],
  ["ecdsa-sha2-nistp256 AAAA", "ecdsa-sha2-nistp256 AAAA"],
  ["", undefined],
  ["ssh-ed25519 AAAA\nssh-rsa BBBB\n", undefined],
  ["ssh-ed25519 AA AA comment\n", undefined],
])("%j", (text, key) => expect(parseHostKey(text)).toBe(key));

test("a damaged file is no reason to believe any key", async () => {
  const shell = { name: "tower", run: async () => ({ code: 0, stdout: "rubbish", stderr: "" }) };
  await expect(readHostKey(shell as unknown as Shell, "/pool/farm/vms/x")).rejects.toThrow(/it is not a key/);
});
