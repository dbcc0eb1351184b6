/** Seconds from TERM to KILL when a process group is ended; also the promise of `Shell`. */
export const KILL_GRACE_S = 2;

/** Seconds after KILL that a group's members are waited for: one that hangs in the kernel, or is another user's, may stay. */
export const GONE_S = 2;

/**
 * For the watcher of a group: looks whether the group has more than its leader, the leader's sleep and the watcher itself, and sends those the
 * signal that it is given, if any. The leader has fd 3 while its command runs; what it starts later is the sleep, in which it waits for us.
 */
const LOOK = `farm_look() {
farm_signal=$1 farm_more= farm_sleep=
read -r farm_self farm_x </proc/self/stat
[ -e /proc/$$/fd/3 ] && farm_runs=1 || farm_runs=
for farm_at in /proc/[0-9]*; do
farm_at=\${farm_at#/proc/}
[ $farm_at != $$ ] && [ $farm_at != "$farm_self" ] && read -r farm_x </proc/$farm_at/stat || continue
set -- \${farm_x##*) }
[ "$3" = $$ ] || continue
case $1 in Z | X) continue ;; esac
if [ "$2" = $$ ] && [ -z "$farm_runs" ]; then farm_sleep=$farm_at; continue; fi
farm_more=1
[ -z "$farm_signal" ] || kill -s $farm_signal $farm_at
done
[ "$farm_more" ] || { [ -z "$farm_sleep" ] && kill -0 $$; }
}
farm_now() { read -r farm_time farm_x </proc/uptime; farm_time=\${farm_time%.*}\${farm_time#*.}; }
farm_gone() {
farm_now
farm_late=$((farm_time + $1))
while farm_look $2; do
farm_now
[ $farm_time -lt $farm_late ] || return 1
sleep 0.1 || sleep 1
done
}`;

/**
 * Ends the group of the shell `$$`, with the watcher that runs it: TERM, the grace, KILL. Nobody is told of the end before all its members are gone.
 * @param end what is done behind the members
 */
export const endGroup = (end: string): string =>
  [
    LOOK,
    'trap "" TERM',
    "kill -s URG $$",
    "kill -s TERM 0",
    `farm_gone ${KILL_GRACE_S * 100} || farm_gone ${GONE_S * 100} KILL && farm_all=1 || farm_all=`,
    end,
    '[ "$farm_all" ] || kill -s KILL 0',
    '[ -z "$farm_sleep" ] || kill -s KILL "$farm_sleep"',
  ]
    .filter(Boolean)
    .join("\n");

/** What the leader of a group begins with: from then on its watcher may end the group, and says so by URG, which nobody else sends. */
export const LEAD = "farm_told=\ntrap : TERM\ntrap farm_told=1 URG";

/** How it leaves behind its command: at once, or when its watcher has seen the others go. `exec`, for busybox's shell would sleep itself. */
export const LEAVE = `farm_code=$?
[ -z "$farm_told" ] || { exec 3<&- 2>/dev/null; (exec sleep ${KILL_GRACE_S + GONE_S + 2}); }
exit $farm_code`;
