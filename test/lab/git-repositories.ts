/** A script that makes repositories in /srv/git. whole.git: v1, then v2 with the submodule part, on main; a branch side of v1. */
export const REPOSITORIES_OF_GIT = `
export HOME=/tmp GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@farm.invalid GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@farm.invalid
mkdir -p /srv/git /tmp/trees; cd /tmp/trees
git init -q -b main part; echo inner >part/inner; git -C part add .; git -C part commit -qm inner
git clone -q --bare part /srv/git/part.git
git init -q -b main whole; cd whole
for each in zero one; do echo $each >file; git add .; git commit -qm $each; done
git tag v1; git branch side
git clone -q --bare . /srv/git/whole.git
git -c protocol.file.allow=always submodule --quiet add /srv/git/part.git part
git config -f .gitmodules submodule.part.url ../part.git
echo two >file; git add .; git commit -qm two; git tag v2
git push -q --tags /srv/git/whole.git main`;
