import type { Readable } from "node:stream";
import { SUDO_PROMPT } from "./become.js";
import { ENTERED } from "./script.js";
import type { Become } from "./shell.js";
import type { StartedLine } from "./started-line.js";

/** Bytes that sudo or su may say before the command begins; more than any lecture. */
const LONGEST_TALK = 64 * 1024;

/**
 * Sees a line through to the other user: answers when it is asked for the password, once, so that a wrong one counts
 * as one attempt. Resolves with undefined when the command's own part begins, or with what sudo or su
 * said when it does not get that far. Until then, stderr is theirs.
 */
export function enter(line: StartedLine, how: Become | undefined): Promise<string | undefined> {
  const password = how?.password;
  if (how === undefined || password === undefined) return Promise.resolve(undefined);
  let answered = false;
  const answer = (said: Buffer) => {
    const asked = timesAsked(how.method, said.toString("utf8"));
    if (asked > 0 && !answered) line.stdin.write(`${password}\n`);
    if (asked > 0) answered = true;
    if (asked > 1) line.hangUp();
  };
  return untilEntered(line.stderr, answer);
}

function untilEntered(stderr: Readable, answer: (said: Buffer) => void): Promise<string | undefined> {
  let said = Buffer.alloc(0);
  return new Promise((resolve) => {
    const leave = (refused: string | undefined) => {
      stderr.off("data", listen).off("end", refuse).off("close", refuse).pause();
      resolve(refused);
    };
    const refuse = () => leave(said.toString("utf8").replaceAll(SUDO_PROMPT, ""));
    const listen = (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]).subarray(-LONGEST_TALK);
      const entered = said.indexOf(ENTERED);
      if (entered < 0) return answer(said);
      const rest = said.subarray(entered + Buffer.byteLength(ENTERED));
      leave(undefined); // First, or `unshift` would come back to us.
      if (rest.length > 0) stderr.unshift(rest);
    };
    stderr.on("data", listen).on("end", refuse).on("close", refuse);
  });
}

/** su's prompt is in the machine's language: the first thing that it says must be it. */
function timesAsked(method: Become["method"], said: string): number {
  if (method === "su") return said === "" ? 0 : 1;
  return said.split(SUDO_PROMPT).length - 1;
}
