/** Shell text: makes of a leading `~/` of the first argument the home. Sets `path`. */
export const HOME = `case $1 in "~/"*) path="$HOME/\${1#"~/"}"; shift; set -- "$path" "$@" ;; esac`;
