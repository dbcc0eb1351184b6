/** Paths for a script's stdin, one a line: a newline in a path is `\n`, a backslash `\\`. READ_PATH is the other end. */
export const pathLines = (paths: readonly string[]): string =>
  paths.map((path) => `${path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`).join("");

/** Shell text: `farm_path LINE` sets `path` to what a line of pathLines says; a leading `~/` is the home. */
export const READ_PATH = `
farm_path() {
  case $1 in *\\\\*) path=$(printf '%bx' "$1"); path=\${path%x} ;; *) path=$1 ;; esac
  case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
}`;
