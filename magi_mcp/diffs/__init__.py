"""Diffs: changes to code, read from texts and from repositories, for councils to review.

Layer: edge. It must not know protocols, settings, or who asks. Nothing here changes a file, an
index or a repository, and no program that a repository names is ever run.

- `parsing` reads a unified diff; `paths` the names in it;
- `selection` says which files no council is shown, and why;
- `git` runs git, and nothing else; `repository` reads a change with it;
- `surroundings` adds the code around each hunk;
- `changes` is what surfaces call: a change from a diff, or from a repository.
"""
