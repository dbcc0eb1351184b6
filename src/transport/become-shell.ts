import { HypervisorError } from "../errors.js";
import { becomeCommand } from "./become.js";
import type { Become, Command, Shell } from "./shell.js";
import { writeFileCommand, writeFileFailure } from "./write-file.js";

/** The same machine as another user of it, e.g. by the `ansible_become` of a hypervisor: commands and files alike. */
export function withBecome(shell: Shell, become: Become): Shell {
  const as = (command: Command): Command => becomeCommand(command, command.become ?? become);
  return {
    name: shell.name,
    run: (command, options) => shell.run(as(command), options),
    open: (command) => shell.open(as(command)),
    writeFile: async (path, content, mode) => {
      const failure = writeFileFailure(await shell.run(as(writeFileCommand(path, content, mode))));
      if (failure !== undefined)
        throw new HypervisorError(`cannot write ${path} on '${shell.name}': ${failure}`);
    },
    connect: (host, port, signal) => shell.connect(host, port, signal),
    close: () => shell.close(),
  };
}
