//! Which repository a directory is part of. Reads only; asks no git.

use std::path::{Path, PathBuf};

/// Most directories that are gone up. Chosen: deeper than any project.
const MOST_PARENTS: usize = 64;

/// The repository that the directory is in: the nearest directory with a `.git`. A worktree belongs to the repository that it
/// was made from, a submodule is one of its own.
pub fn repository_of(directory: &Path) -> Option<PathBuf> {
    let root = directory.ancestors().take(MOST_PARENTS).find(|parent| parent.join(".git").exists())?;
    Some(origin_of_worktree(root).unwrap_or_else(|| root.to_path_buf()))
}

/// The repository of a worktree, whose `.git` is a file: `gitdir: REPOSITORY/.git/worktrees/NAME`.
fn origin_of_worktree(root: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(root.join(".git")).ok()?;
    let place = root.join(text.strip_prefix("gitdir:")?.trim());
    let worktrees = place.parent().filter(|parent| parent.ends_with(".git/worktrees"))?;
    worktrees.parent()?.parent().map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_the_repository_above_it_and_a_worktree_to_its_origin() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |path: &str| dir.path().join(path);
        for path in ["repo/.git/worktrees/wt", "repo/src/deep", "wt/src", "module", "plain"] {
            std::fs::create_dir_all(at(path)).expect("made");
        }
        let origin = at("repo/.git/worktrees/wt");
        std::fs::write(at("wt/.git"), format!("gitdir: {}\n", origin.display())).expect("written");
        std::fs::write(at("module/.git"), "gitdir: ../repo/.git/modules/module\n").expect("written");
        let cases = [("repo", "repo"), ("repo/src/deep", "repo"), ("wt/src", "repo"), ("module", "module")];
        for (path, root) in cases {
            assert_eq!(repository_of(&at(path)), Some(at(root)), "{path}");
        }
        // Above the temporary directory there may be a repository; below it there is none.
        assert!(repository_of(&at("plain")).is_none_or(|root| dir.path().starts_with(root)));
    }
}
