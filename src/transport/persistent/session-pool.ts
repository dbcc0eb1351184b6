import type { Clock } from "../../clock.js";
import type { Become, CommandResult, Shell } from "../shell.js";
import { type Opened, ShellSession } from "./shell-session.js";

/** At a time on one machine; more commands than that take a way of their own. */
const MOST = 4;

/** Sessions that wait for a command: sshd counts them against its MaxSessions. */
const MOST_IDLE = 2;

const GOODBYE_MS = 2000;

interface Place {
  readonly key: string;
  readonly session: ShellSession;
}

/** A free session, or how sudo or su refused; undefined when there is none to be had. */
export type Taken = Place | { readonly refused: CommandResult } | undefined;

/** The sessions of one machine: who is free takes the next command of the same user. */
export class SessionPool {
  readonly #shell: Shell;
  readonly #clock: Clock;
  /** The one used last is the last. */
  readonly #idle: Place[] = [];
  readonly #impossible = new Set<string>();
  #count = 0;
  #closed = false;

  constructor(shell: Shell, clock: Clock) {
    this.#shell = shell;
    this.#clock = clock;
  }

  /** The session is the caller's until he gives it back. */
  async take(become: Become | undefined): Promise<Taken> {
    const key = keyOf(become);
    const idle = await this.#takeIdle(key);
    if (idle) return idle;
    if (this.#closed || this.#impossible.has(key)) return undefined;
    if (this.#count >= MOST && !this.#closeIdle()) return undefined;
    const opened = await this.#open(become);
    if (opened instanceof ShellSession) return this.#placed({ key, session: opened });
    if (opened === "never") this.#impossible.add(key);
    return typeof opened === "string" ? undefined : opened;
  }

  async #takeIdle(key: string): Promise<Place | undefined> {
    const at = this.#idle.findLastIndex((place) => place.key === key);
    const [place] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (!place) return undefined;
    return (await place.session.free()) ? place : this.#takeIdle(key);
  }

  #placed(place: Place): Place | undefined {
    void place.session.ended.then(() => {
      const at = this.#idle.indexOf(place);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    if (!this.#closed) return place;
    void place.session.leave();
    return undefined;
  }

  /** Gives a session back after its command. */
  give(place: Place): void {
    if (!place.session.good) return;
    this.#idle.push(place);
    if (this.#closed || this.#idle.length > MOST_IDLE) this.#closeIdle();
  }

  /** Opens something that lives long; where the machine has no room for one more, a session that waits makes room. */
  async withRoom<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      const gone = this.#closeIdle();
      if (!gone) throw error;
      await gone;
      return open();
    }
  }

  /** Ends the session that has waited longest; undefined when none waits. */
  #closeIdle(): Promise<unknown> | undefined {
    return this.#idle.shift()?.session.leave();
  }

  /** Ends the sessions that wait, and waits for them a little; what runs is left to the shell. */
  async close(): Promise<void> {
    this.#closed = true;
    const over = new AbortController();
    const ends = this.#idle.splice(0).map(({ session }) => session.leave());
    const late = this.#clock.sleep(GOODBYE_MS, over.signal).catch(() => undefined);
    await Promise.race([Promise.all(ends), late]);
    over.abort();
  }

  async #open(become: Become | undefined): Promise<Opened> {
    this.#count += 1;
    const opened = await this.withRoom(() => ShellSession.open(this.#shell, become, this.#clock)).catch(
      (): Opened => "not now",
    );
    const left = () => {
      this.#count -= 1;
    };
    if (opened instanceof ShellSession) void opened.ended.then(left);
    else left();
    return opened;
  }
}

const keyOf = (become: Become | undefined): string =>
  become ? JSON.stringify([become.method, become.user, become.password]) : "";
