import type { Command, Shell } from "./shell.js";

/** The same machine, with variables that every command gets; a command's own win. */
export function withEnvironment(shell: Shell, env: Readonly<Record<string, string>>): Shell {
  const extend = (command: Command): Command => ({ ...command, env: { ...env, ...command.env } });
  return {
    name: shell.name,
    run: (command, options) => shell.run(extend(command), options),
    open: (command) => shell.open(extend(command)),
    writeFile: (path, content, mode) => shell.writeFile(path, content, mode),
    connect: (host, port, signal) => shell.connect(host, port, signal),
    close: () => shell.close(),
  };
}
