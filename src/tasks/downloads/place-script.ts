/**
 * Shell text: `farm_name NAME` sets `name` to what the server calls the file, NAME where it says nothing. `farm_place FILE DEST` puts a file in place by
 * rename with $owner, $group, $mode, else those of what was there, else those of a new file by $mask; the old file is kept as DEST$backup if that is set.
 */
export const PLACE_FUNCTIONS = `
farm_name() {
  name=$1
  said=$(tr -d '\\r' <"$work/head" | sed -n 's/^[Cc]ontent-[Dd]isposition: *attachment; *filename="\\{0,1\\}\\([^";]*\\).*/\\1/p' | tail -n 1)
  moved=$(tr -d '\\r' <"$work/head" | sed -n 's/^[Ll]ocation: *//p' | tail -n 1)
  moved=\${moved%%[?#]*}
  [ -z "$moved" ] || name=\${moved##*/}
  [ -z "$said" ] || name=\${said##*/}
  case $name in "" | . | ..) name=index.html ;; esac
}
farm_place() {
  [ "$1" = "$part" ] || cp -- "$1" "$part" || return
  if [ "$owner$group" ]; then chown "$owner\${group:+:$group}" "$part" || return; fi
  if [ -e "$2" ]; then
    [ "$owner" ] || chown "$(stat -L -c %u -- "$2")" "$part" 2>/dev/null
    [ "$group" ] || chgrp "$(stat -L -c %g -- "$2")" "$part" 2>/dev/null
    [ "$mode" ] || mode=$(stat -L -c %a -- "$2")
    if [ "$backup" ]; then cp -p -- "$2" "$2$backup" || return; fi
  fi
  chmod "\${mode:-$(printf %o $((0666 & ~0$mask)))}" "$part" || return
  mv -f -- "$part" "$2"
}`;
