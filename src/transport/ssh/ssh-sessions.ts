import pLimit from "p-limit";
import type { SshConnection } from "./ssh-connection.js";
import { machineError } from "./ssh-errors.js";
import type { SshRoute } from "./ssh-route.js";
import type { SshTarget } from "./ssh-target.js";

/** sshd's MaxSessions is 10; the others of the first connection are for two long processes. */
const SESSIONS = 8;
const SPARE = 2;

interface Lane {
  readonly connection: SshConnection;
  readonly places: number;
  used: number;
}

/**
 * The sessions of one machine: eight at a time for commands and two for long processes, on the first connection, and as
 * many connections more as long processes need, so that locks that are held never keep commands waiting.
 */
export class SshSessions {
  readonly #target: SshTarget;
  readonly #route: SshRoute;
  readonly #lanes: Lane[];
  readonly #commands = pLimit(SESSIONS);
  readonly #choosing = pLimit(1);
  readonly main: SshConnection;

  private constructor(target: SshTarget, route: SshRoute, main: SshConnection) {
    this.#target = target;
    this.#route = route;
    this.main = main;
    this.#lanes = [{ connection: main, places: SPARE, used: 0 }];
  }

  static async open(target: SshTarget, route: SshRoute): Promise<SshSessions> {
    try {
      return new SshSessions(target, route, await route.dial());
    } catch (error) {
      route.end();
      throw error;
    }
  }

  /** Runs `use` when one of the eight sessions is free; an abort before that rejects with `stopped()`. */
  command<T>(
    use: (connection: SshConnection) => Promise<T>,
    stopped: () => Error,
    signal?: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(stopped());
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      void this.#commands(async () => {
        signal?.removeEventListener("abort", stop);
        if (!signal?.aborted) await use(this.main).then(resolve, reject);
      });
    });
  }

  /**
   * A session that stays; `release` gives its place back. Once the first connection is gone it is that one, since a shell
   * that is lost for commands is lost for all.
   */
  async long(): Promise<{ connection: SshConnection; release: () => void }> {
    if (this.main.isGone()) return { connection: this.main, release: () => undefined };
    const lane = await this.#choosing(() => this.#chooseLane());
    const release = () => {
      lane.used -= 1;
    };
    return { connection: lane.connection, release };
  }

  async end(isEnding = false): Promise<void> {
    const connections = this.#lanes.map(({ connection }) => connection);
    for (const connection of connections) connection.end(isEnding);
    this.#route.end();
    await Promise.all(connections.map(({ gone }) => gone));
  }

  async #chooseLane(): Promise<Lane> {
    let lane = this.#lanes.find(({ connection, used, places }) => used < places && !connection.isGone());
    if (!lane) {
      if (!this.#route.many) throw this.#tooMany();
      lane = { connection: await this.#route.dial(), places: SESSIONS, used: 0 };
      this.#lanes.push(lane);
    }
    lane.used += 1;
    return lane;
  }

  #tooMany(): Error {
    const message = `more than ${SPARE} long processes at a time on '${this.#target.name}'`;
    return machineError(this.#target, message, "other", new Error(message));
  }
}
