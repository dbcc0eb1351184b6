/**
 * Shell text: sees to it that a daemon answers at `$uri` when libvirt would leave that to systemd and there is none:
 * root in a container or a CI job. Like the session daemons that libvirt starts for ordinary users,
 * it ends by itself after two minutes without guests. Nothing for anybody else, nor for other machines' URIs.
 * QEMU's logs go through virtlogd, which systemd would start too. Both say no when they run already: no harm. Its
 * socket says nothing: one that was killed leaves it behind, and libvirt is then refused.
 */
export const ENSURE_DAEMON = `
ensure_daemon() {
  case $uri in qemu:///session*|qemu:///system*) ;; *) return 0 ;; esac
  [ "$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] || return 0
  PATH=$PATH:/usr/sbin:/sbin
  command -v virtlogd >/dev/null 2>&1 && virtlogd -d -t 120 >/dev/null 2>&1 </dev/null
  virsh -q -c "$uri" uri >/dev/null 2>&1 && return 0
  for daemon in libvirtd virtqemud; do
    command -v $daemon >/dev/null 2>&1 || continue
    $daemon -d -t 120 >/dev/null 2>&1 </dev/null
    break
  done
  tries=0
  while [ $tries -lt 50 ]; do
    virsh -q -c "$uri" uri >/dev/null 2>&1 && return 0
    tries=$((tries + 1))
    sleep 0.2
  done
}`;

/**
 * Shell text: the one directory where virsh and the session daemon meet. Without it two logins of a user can get two
 * daemons that disagree about the same domains.
 */
export const PIN_RUNTIME_DIR = `
pin_runtime_dir() {
  case $uri in qemu:///session*) ;; *) return 0 ;; esac
  [ "$(id -u)" != 0 ] || return 0
  if [ -z "\${XDG_RUNTIME_DIR:-}" ]; then
    XDG_RUNTIME_DIR=/run/user/$(id -u)
    [ -d "$XDG_RUNTIME_DIR" ] || XDG_RUNTIME_DIR=\${XDG_CACHE_HOME:-$HOME/.cache}
  fi
  export XDG_RUNTIME_DIR
}`;
