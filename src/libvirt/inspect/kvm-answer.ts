import type { Command } from "../../transport/shell.js";
import type { HypervisorFacts } from "./hypervisor-facts.js";
import { CACHE_DIRECTORY } from "./inspect-script.js";

/** Whether a guest really runs under KVM there, and how farm knows. */
export interface KvmVerdict {
  readonly works: boolean;
  readonly reason: string;
}

/** The file's name holds all that the answer depends on; undefined when that is not known. */
export function answerFile({ bootId, qemuVersion }: HypervisorFacts, uid: number): string | undefined {
  if (!bootId || !qemuVersion) return undefined;
  return `kvm-probe-${bootId}-${qemuVersion}-${uid}`.replaceAll(/[^\w.-]/g, "_");
}

/** `works REASON` or `refused REASON`; anything else is no answer. */
export function parseAnswer(content: string | undefined): KvmVerdict | undefined {
  const [, word, reason = ""] = /^(works|refused) ?(.*)/.exec(content ?? "") ?? [];
  return word === undefined ? undefined : { works: word === "works", reason };
}

/** Written beside it and renamed; the answers of earlier boots go. */
export function rememberCommand(file: string, { works, reason }: KvmVerdict): Command {
  const script = `umask 077
mkdir -p "$HOME/${CACHE_DIRECTORY}" && cd "$HOME/${CACHE_DIRECTORY}" || exit
for old in kvm-probe-*; do
  case $old in "$2"*) ;; *) rm -f -- "$old" ;; esac
done
printf '%s\\n' "$3" >".$1.$$" && mv -f -- ".$1.$$" "$1"`;
  const boot = /^kvm-probe-[0-9a-f]+(-[0-9a-f]+){4}-/.exec(file)?.[0] ?? file;
  return {
    argv: ["sh", "-c", script, "sh", file, boot, `${works ? "works" : "refused"} ${reason}`],
    timeoutMs: 10_000,
  };
}
