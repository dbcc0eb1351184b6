import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { CommandResult } from "../transport/shell.js";

/**
 * `absent`: no such domain. `inactive`, `active`: it is off, or runs already. `connection`: no daemon answered. `cut off`: virsh or its daemon
 * died meanwhile, and what it was to do is done, half done or not. `transient`: may pass by itself. `taken`: passt cannot listen on a port.
 * `passt`: it does not start. `permanent`: no retry helps, and that is what anything unknown counts as.
 */
export type VirshFailure =
  | "absent"
  | "inactive"
  | "active"
  | "connection"
  | "cut off"
  | "transient"
  | "taken"
  | "passt"
  | "permanent";

/** virsh said no; the message has its own words. */
export class VirshError extends HypervisorError {
  constructor(
    message: string,
    readonly kind: VirshFailure,
    hint: string | undefined,
  ) {
    super(message, { hint });
  }
}

interface Known {
  readonly words: RegExp;
  readonly kind: VirshFailure;
  readonly hint?: string;
}

const KNOWN: readonly Known[] = [
  {
    words: /passt.*failed to bind (any )?port/i,
    kind: "taken",
    hint: "another program listens there, perhaps another VM; without `host` a free port is taken",
  },
  {
    words: /\bpasst: |(start|find) 'passt'/i,
    kind: "passt",
    hint: "`backend: default` in `net` is QEMU's own user network",
  },
  { words: /failed to get domain '|Domain not found|no domain with matching/i, kind: "absent" },
  { words: /domain is not running|domain is already (inactive|shut off)/i, kind: "inactive" },
  { words: /domain is already (active|running)/i, kind: "active" },
  {
    words: /authentication (unavailable|failed|cancelled)|access denied|polkit/i,
    kind: "permanent",
    hint: "add the user to the group 'libvirt' there, or use qemu:///session",
  },
  {
    words: /virtlogd-sock/i,
    kind: "connection",
    hint: "start libvirt's log daemon there: systemctl start virtlogd.socket",
  },
  {
    words: /failed to connect|connection refused/i,
    kind: "connection",
    hint: "is libvirt's daemon running there? (systemctl start libvirtd)",
  },
  {
    words: /cannot recv data|client socket is closed|end of file while reading/i,
    kind: "cut off",
    hint: "libvirt's daemon there died: its log says why",
  },
  {
    words: /virsh: (command )?not found|No such file or directory: 'virsh'/i,
    kind: "permanent",
    hint: "install libvirt's client and daemon there",
  },
  {
    words: /already exists with uuid/i,
    kind: "permanent",
    hint: "`farm down` removes farm's own VMs; `--instance NAME` runs under another name",
  },
  {
    words: /unknown cpu model|unable to find definition for cpu|cpu model .* not supported/i,
    kind: "permanent",
    hint: "`virsh cpu-models ARCH` lists the names; leave `cpu` out for the default",
  },
  {
    words: /cannot check qemu binary|emulator .* not found|no emulator/i,
    kind: "permanent",
    hint: "install QEMU for that architecture there",
  },
  {
    words: /unsupported machine type|unknown machine type|no pci buses available/i,
    kind: "permanent",
    hint: "is `machine` one of those that `virsh capabilities` lists for the architecture?",
  },
  { words: /failed to get .*lock/i, kind: "permanent", hint: "another guest uses the same image" },
  {
    words: /cannot set up guest memory|cannot allocate memory/i,
    kind: "permanent",
    hint: "less `ram`, or a smaller `max_vms` on that hypervisor",
  },
  {
    words: /kvm kernel module|failed to initialize kvm/i,
    kind: "permanent",
    hint: "QEMU's user may not open /dev/kvm there; `virt_domain: qemu` does without",
  },
  {
    words: /could not open .*permission denied|cannot access storage file/i,
    kind: "permanent",
    hint: "QEMU's user must be able to read the image and enter its directories",
  },
  {
    words:
      /timed out during operation|cannot acquire state change lock|resource temporarily unavailable|timeout waiting/i,
    kind: "transient",
  },
];

/** What a shell adds to the number of the signal that a program was ended by. */
const BY_SIGNAL = 128;

/** Nobody but the system, or a person, ends virsh by a signal. */
const KILLED = { kind: "cut off", hint: "was there too little memory? its kernel's log tells" } as const;

/** What a failed virsh means. `what` says what farm wanted, in words that follow "cannot". */
export function virshError(what: string, host: string, result: CommandResult): VirshError {
  const said = virshWords(result);
  const killed = result.code > BY_SIGNAL ? KILLED : undefined;
  const known = killed ?? KNOWN.find(({ words }) => words.test(said));
  const hint = known?.hint;
  const why = killed ? `virsh was ended by signal ${result.code - BY_SIGNAL}` : said;
  return new VirshError(`cannot ${what} on '${host}': ${why}`, known?.kind ?? "permanent", hint);
}

/** libvirt's long way to say that passt itself complains. */
const PASST = /(internal error: )?Child process \(passt [^)]*\) unexpected exit status \d+: /;

/** virsh's complaint as one line, without its "error:" marks. */
export function virshWords({ stderr, stdout, code }: CommandResult): string {
  const text = stderr.trim() || stdout.trim();
  const lines = text.split("\n").map((line) => line.replace(/^error: /, "").trim());
  const said = lines.filter(Boolean).join(": ").replace(PASST, "passt: ");
  return plainText(said) || `virsh ended with exit status ${code}`;
}
