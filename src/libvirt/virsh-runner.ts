import type { Clock } from "../clock.js";
import type { Command, CommandResult, Shell } from "../transport/shell.js";
import { ENSURE_DAEMON } from "./daemon.js";
import type { Connection } from "./virsh.js";
import { VirshError, type VirshFailure, virshError } from "./virsh-error.js";

const RETRIES = 2;
const MAY_PASS: readonly VirshFailure[] = ["transient", "connection", "cut off"];
const RETRY_PAUSE_MS = 1_000;

/** Runs virsh's commands on one hypervisor, and again those whose failure may pass by itself. */
export class VirshRunner {
  constructor(
    private readonly shell: Shell,
    readonly to: Connection,
    private readonly clock: Clock,
  ) {}

  /** The hypervisor's name. */
  get host(): string {
    return this.shell.name;
  }

  /** The result, or undefined when it failed in the one way that is no failure here. */
  async unless(
    kind: "absent" | "inactive" | "active",
    what: string,
    command: Command,
    signal?: AbortSignal,
    cutOff?: () => Promise<void>,
  ): Promise<CommandResult | undefined> {
    try {
      return await this.must(what, command, signal, cutOff);
    } catch (error) {
      if (error instanceof VirshError && error.kind === kind) return undefined;
      throw error;
    }
  }

  /** Whatever is off or gone already is fine. */
  async unlessGone(what: string, command: Command, signal?: AbortSignal): Promise<void> {
    try {
      await this.unless("inactive", what, command, signal);
    } catch (error) {
      if (!(error instanceof VirshError && error.kind === "absent")) throw error;
    }
  }

  /** @param cutOff undoes what may be half done, before the next try @throws VirshError */
  async must(
    what: string,
    command: Command,
    signal?: AbortSignal,
    cutOff?: () => Promise<void>,
  ): Promise<CommandResult> {
    for (let attempt = 0; ; attempt++) {
      const result = await this.shell.run(command, { signal });
      if (result.code === 0) return result;
      const error = virshError(what, this.host, result);
      if (attempt >= RETRIES || !MAY_PASS.includes(error.kind)) throw error;
      if (error.kind !== "transient") await this.#ensureDaemon(signal);
      if (error.kind === "cut off") await cutOff?.();
      await this.clock.sleep(RETRY_PAUSE_MS * attempt, signal);
    }
  }

  /** A daemon that farm started ends after two idle minutes, e.g. while an image is fetched. */
  async #ensureDaemon(signal?: AbortSignal): Promise<void> {
    const script = `uri=$1${ENSURE_DAEMON}\nensure_daemon`;
    await this.shell.run({ argv: ["sh", "-c", script, "sh", this.to.uri], timeoutMs: 60_000 }, { signal });
  }
}
