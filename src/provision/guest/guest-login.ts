import { GuestError } from "../../errors.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import { type RenewableShell, renewableShell } from "../../transport/persistent/renewable-shell.js";
import type { Shell } from "../../transport/shell.js";
import type { SshConnection } from "../../transport/ssh/ssh-connection.js";
import { connectToGuest } from "./guest.js";
import type { GuestDomain, VmParts } from "./guest-domain.js";
import type { GuestNetwork } from "./guest-network.js";
import { logIn, loginDeadline, withConsole } from "./log-in.js";

/** The way into one VM's guest: its host key, and the shell that stays there. */
export class GuestLogin {
  #shell: RenewableShell | undefined;
  readonly #pin: { key: string | undefined } = { key: undefined };

  constructor(
    private readonly parts: VmParts,
    private readonly network: GuestNetwork,
    private readonly domain: GuestDomain,
  ) {}

  /** The guest's host key, base64, once it is known: a guest that shows another one is refused. */
  get hostKey(): string | undefined {
    return this.#pin.key;
  }

  set hostKey(key: string | undefined) {
    this.#pin.key = key;
  }

  /** The guest's shell; it outlives saving and restoring. @throws GuestError when nobody has logged in yet */
  get shell(): RenewableShell {
    if (this.#shell) return this.#shell;
    throw new GuestError(`'${this.parts.vm.name}' does not run`);
  }

  /** Waits for the guest; a failure has the end of its console. @throws FarmError */
  async logIn(how: "booted" | "restored"): Promise<void> {
    const { vm, run, steps } = this.parts;
    const deadlineMs = loginDeadline(vm, how);
    const { user } = vm.definition.metadata.auth;
    const [step, to] = isByAgent(vm.definition) ? ["agent", user] : ["ssh", `${user}@${this.network.shown}`];
    await this.telling(() =>
      steps.run(step, to, async () => {
        if (this.#shell) return this.#shell.renew(deadlineMs, run.stop);
        const connect = (ms: number, signal: AbortSignal = run.stop) => this.#connect(ms, signal);
        this.#shell = renewableShell(await connect(deadlineMs), connect);
      }),
    );
  }

  /** Waits for a guest that boots, and is another user there for one piece of work. @throws FarmError */
  async as(user: string, work: (shell: Shell) => Promise<void>): Promise<void> {
    const { vm, run } = this.parts;
    const shell = await this.#connect(loginDeadline(vm, "booted"), run.stop, user);
    await work(shell).finally(() => shell.close());
  }

  /** An error of the guest's gets the end of its console. */
  async telling(work: () => Promise<void>): Promise<void> {
    const { directory, hypervisor } = this.parts;
    try {
      await work();
    } catch (error) {
      throw error instanceof GuestError ? await withConsole(error, directory, hypervisor) : error;
    }
  }

  /** A connection for sessions of the user's own. @throws FarmError */
  async connect(signal: AbortSignal): Promise<SshConnection> {
    const { vm, hypervisor, run } = this.parts;
    const { privateKey } = await run.key(vm.blueprint);
    const { user } = vm.definition.metadata.auth;
    const address = { vm: vm.name, locate: this.network.locate, user, privateKey };
    return connectToGuest(hypervisor.shell, address, this.#pin, signal);
  }

  #connect(
    deadlineMs: number,
    signal: AbortSignal,
    user: string = this.parts.vm.definition.metadata.auth.user,
  ) {
    const { vm, hypervisor, run } = this.parts;
    const { locate, shown } = this.network;
    const running = { uuid: this.domain.uuid ?? "", locate, shown, user, pin: this.#pin };
    return logIn(vm, running, hypervisor, run, deadlineMs, signal);
  }
}
