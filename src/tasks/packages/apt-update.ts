import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { APT_ENV, aptError } from "./apt-command.js";

interface Patience {
  /** Seconds to wait for another apt. */
  readonly lock_timeout: number;
  readonly update_cache_retries: number;
  /** Seconds. */
  readonly update_cache_retry_max_delay: number;
}

/**
 * Waits for whoever holds the lists, and tries again when a mirror fails: with lists that could not be fetched, apt-get
 * is content. Says whether the lists are other than before, and what time it is then; their directory is as old as the
 * last update even where nothing was new.
 */
const UPDATE = `end=$(( $(date +%s) + $1 )) retries=$2 longest=$3 pause=1
lists=/var/lib/apt/lists
prints() { { ls -ln "$lists" | grep -Ev ' (lock|partial|auxfiles)$'; md5sum "$lists"/*Release "$lists"/*Packages; } 2>/dev/null; }
before=$(prints)
while :; do
  if said=$(apt-get -q update 2>&1); then
    case "
$said" in *"
W: Failed to fetch "*|*"
W: Some index files failed"*|*"
E: "*) ;; *) break ;; esac
  fi
  case $said in
    *"Could not get lock"*|*"Unable to lock"*) [ "$(date +%s)" -lt "$end" ] || { printf '%s\\n' "$said" >&2; exit 100; }; sleep 1; continue ;;
  esac
  [ "$retries" -gt 0 ] || { printf '%s\\n' "$said" >&2; exit 100; }
  retries=$((retries - 1))
  sleep "$pause"
  pause=$((pause * 2))
  [ "$pause" -le "$longest" ] || pause=$longest
done
touch "$lists"
printf '%s\\n' "$said"
if [ "$before" = "$(prints)" ]; then changed=no; else changed=yes; fi
printf 'farm-updated %s %s\\n' "$changed" "$(date +%s)"`;

/** Fetches the package lists. A check says that they changed. @throws ModuleFailure */
export async function updateLists(
  { lock_timeout, update_cache_retries, update_cache_retry_max_delay }: Patience,
  context: ModuleContext,
): Promise<{ changed: boolean; time: number | undefined }> {
  const given = [lock_timeout, update_cache_retries, update_cache_retry_max_delay].map(String);
  const { code, stdout, stderr } = await context.act(script("apt-update", UPDATE, given, { env: APT_ENV }));
  if (code !== 0)
    throw new ModuleFailure(
      `Failed to update apt cache: ${aptError(stderr) ?? warning(stderr) ?? lastLine(stderr, code)}`,
      { rc: code, stdout, stderr },
    );
  const [, changed, time] = /^farm-updated (yes|no) (\d+)$/m.exec(stdout) ?? [];
  return { changed: changed !== "no", time: time === undefined ? undefined : Number(time) };
}

const warning = (stderr: string): string | undefined => /^W: (Failed to fetch .*)$/m.exec(stderr)?.[1];
