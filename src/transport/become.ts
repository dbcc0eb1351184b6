import { ConfigError } from "../errors.js";
import { quoteCommand } from "./quote.js";
import type { Become, Command } from "./shell.js";

type Argv = readonly [string, ...string[]];

/** What sudo says each time it wants the password. */
export const SUDO_PROMPT = "\u0001farm: password\u0001";

/**
 * The same command as another user. The transports start it through sudo, su or doas (`becomeArgv`); the password
 * goes into stdin once it is asked for, never into argv.
 * @throws ConfigError when doas is to be given a password: it reads one from a terminal only.
 */
export function becomeCommand(command: Command, how: Become): Command {
  if (how.method === "doas" && how.password !== undefined) {
    throw new ConfigError("doas cannot be given a password: it asks for one on a terminal only", {
      hint: "write 'permit nopass' into doas.conf, or use become_method: sudo or su",
    });
  }
  if (how.user === "" || how.user.startsWith("-")) throw new ConfigError(`'${how.user}' is not a user name`);
  if (/[\n\0]/.test(how.password ?? ""))
    throw new ConfigError("a become password cannot hold a newline or NUL");
  return { ...command, become: how };
}

/** What runs `argv` as the wanted user, with stdin, stdout and stderr as they are. */
export function becomeArgv({ method, user, password }: Become, argv: Argv): Argv {
  switch (method) {
    case "sudo": {
      // -k: a login that sudo remembers must not decide whether the password is read.
      const ask = password === undefined ? ["-n"] : ["-k", "-S", "-p", SUDO_PROMPT];
      return ["sudo", "-H", ...ask, "-u", user, "--", ...argv];
    }
    case "doas":
      return ["doas", "-n", "-u", user, "--", ...argv];
    case "su":
      return ["su", user, "-c", `exec ${quoteCommand(argv)}`];
  }
}
