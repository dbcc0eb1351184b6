/**
 * Both scripts begin so: the repository's URL, a name and a password, a line each, come from stdin; git asks for the latter by way of a
 * helper, so that they are in nobody's list of processes and in no file. A path becomes a file URL, as depth needs it.
 */
const START = `
export LC_ALL=C GIT_TERMINAL_PROMPT=0
git=$1 dest=$2 version=$3 remote=$4 bare=$5 mask=$6 ssh=$7; shift 7
[ "$mask" ] && { umask "$mask" || exit; }
IFS= read -r repo
IFS= read -r farm_git_name
IFS= read -r farm_git_password
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
case $git in "~/"*) git="$HOME/\${git#"~/"}" ;; esac
case $repo in "~/"*) repo="file://$HOME/\${repo#"~/"}" ;; /*) repo="file://$repo" ;; esac
command -v "$git" >/dev/null 2>&1 || { echo "$git is not on this machine: install it (package git)" >&2; exit 69; }
export GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-ssh} $ssh"
farm_git() { "$git" "$@"; }
if [ "$farm_git_name" ]; then
  export farm_git_name farm_git_password
  farm_git() {
    "$git" -c credential.helper= -c 'credential.helper=!farm() { [ "$1" != get ] || { echo "username=$farm_git_name"; echo "password=$farm_git_password"; }; }; farm' "$@"
  }
fi
if [ "$bare" ]; then config=$dest/config; else config=$dest/.git; fi`;

/** What is at the destination and what the remote has, in one round trip. */
export const LOOK_SCRIPT = `${START}
export GIT_OPTIONAL_LOCKS=0
recursive=$1 track=$2 update=$3 sha=$4
branch=
if [ "$dest" ] && [ -e "$config" ]; then
  echo 'present yes'
  before=$(farm_git -C "$dest" rev-parse -q --verify 'HEAD^{commit}')
  printf 'before %s\\n' "$before"
  branch=$(farm_git -C "$dest" symbolic-ref -q --short HEAD)
  printf 'branch %s\\n' "$branch"
  default=$(farm_git -C "$dest" symbolic-ref -q --short "refs/remotes/$remote/HEAD")
  default=\${default#"$remote/"}
  printf 'default %s\\n' "$default"
  [ "$branch" ] || branch=$default
  printf 'url %s\\n' "$(farm_git -C "$dest" config --get "remote.$remote.url")"
  printf 'local %s\\n' "$(farm_git -C "$dest" rev-parse -q --verify "$version^{commit}" 2>/dev/null)"
  if [ -z "$bare" ]; then
    status=$(farm_git -C "$dest" status --porcelain --untracked-files=no $([ "$track" ] && echo --ignore-submodules=all)) || exit
    [ -z "$status" ] || echo 'modified yes'
    if [ "$recursive" ] && [ -f "$dest/.gitmodules" ]; then
      (cd "$dest" && farm_git submodule status --recursive) | sed -n 's/^\\([-+U]\\).*/submodule \\1/p' | sort -u
      if [ "$track" ]; then
        (cd "$dest" && farm_git submodule foreach --quiet '
          want=$(git config -f "$toplevel/.gitmodules" "submodule.$name.branch" || echo HEAD)
          echo "tracked $(git rev-parse HEAD) $(git ls-remote origin "$want" | cut -f 1 | sed -n 1p)"')
      fi
    fi
  fi
  [ "$update" ] || exit 0
  [ "$sha" ] && [ "$before" = "$version" ] && [ -z "$bare" ] && { printf 'repo %s\\n' "$repo"; exit 0; }
fi
printf 'repo %s\\n' "$repo"
if [ "$bare" ] && [ -e "$config" ]; then
  theirs=$(farm_git ls-remote --refs --heads --tags -- "$repo") || exit
  { farm_git -C "$dest" for-each-ref --format='%(objectname)%09%(refname)'; echo; printf '%s\\n' "$theirs"; } |
    awk '$0 == "" { rest = 1; next } !rest { have[$0] = 1; next } !($0 in have) { stale = 1 } END { if (stale) print "stale yes" }'
fi
set -- HEAD "refs/heads/$version" "refs/tags/$version" "refs/tags/$version^{}" "$version"
[ "$branch" ] && set -- "$@" "refs/heads/$branch"
refs=$(farm_git ls-remote --symref -- "$repo" "$@")
ended=$?
[ $ended = 129 ] && { refs=$(farm_git ls-remote -- "$repo" "$@"); ended=$?; }
printf '%s\\n' "$refs" | sed 's/^/ref /'
exit $ended`;

/** After the arguments of both: what to do, and the further arguments of clone. */
export const CHANGE_SCRIPT = `${START}
start=$1 reset=$2 kind=$3 target=$4 wanted=$5 recursive=$6 track=$7 force=$8 depth=$9; shift 9
refspec=$1; shift
for word; do
  shift
  case $word in "~/"*) word="$HOME/\${word#"~/"}" ;; esac
  set -- "$@" "$word"
done
if [ "$start" = clone ]; then
  case $dest in */*) [ -z "\${dest%/*}" ] || mkdir -p -- "\${dest%/*}" || exit ;; esac
  if [ "$bare" ]; then set -- --bare "$@"; else set -- --origin "$remote" "$@"; fi
  farm_git clone --quiet "$@" -- "$repo" "$dest" || exit
  [ -z "$bare" ] || [ "$remote" = origin ] || farm_git -C "$dest" remote add "$remote" "$repo" || exit
else
  [ -z "$reset" ] || farm_git -C "$dest" reset --quiet --hard HEAD || exit
  [ "$(farm_git -C "$dest" config --get "remote.$remote.url")" = "$repo" ] ||
    farm_git -C "$dest" config "remote.$remote.url" "$repo" || exit
fi
fetch() { farm_git -C "$dest" fetch --quiet \${force:+--force} \${depth:+--depth "$depth"} "$remote" "$@"; }
has() { [ "$(farm_git -C "$dest" rev-parse -q --verify "$1^{commit}")" = "$wanted" ]; }
checkout() { farm_git -C "$dest" checkout --quiet --force "$@" --; }
[ -z "$refspec" ] || fetch --update-head-ok "$refspec" || exit
if [ "$start" = update ]; then
  if [ "$bare" ]; then fetch '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' || exit
  elif [ -z "$depth" ]; then fetch --tags 2>/dev/null || fetch || exit; fi
fi
[ "$bare" ] || case $start:$kind in
  update:branch)
    here=refs/remotes/$remote/$target
    has "$here" || fetch "+refs/heads/$target:$here" || exit
    checkout -B "$target" --track "$here" 2>/dev/null || checkout -B "$target" "$here" || exit ;;
  update:tag)
    has "refs/tags/$target" || fetch "+refs/tags/$target:refs/tags/$target" || exit
    checkout --detach "refs/tags/$target^{commit}" || exit ;;
  *:other)
    farm_git -C "$dest" rev-parse -q --verify "$target^{commit}" >/dev/null || fetch "$target" || exit
    checkout "$target" || exit ;;
esac
if [ -z "$bare" ] && [ "$recursive" ] && [ -f "$dest/.gitmodules" ]; then
  (cd "$dest" && farm_git submodule --quiet sync --recursive &&
    farm_git submodule --quiet update --init --recursive \${track:+--remote} \${force:+--force}) || exit
fi
printf 'after %s\\n' "$(farm_git -C "$dest" rev-parse -q --verify 'HEAD^{commit}')"`;
