"""Documents: files of this machine that are given to a council, read so that nothing leaks.

Layer: edge. It must not know protocols, settings, or who asks: only which folders are open to
whoever does. What may never be read is the same for everybody.

- `credentials` knows which files hold secrets, by their names and by what stands in them;
- `ranges` reads `path:10-80`;
- `roots` finds where a path leads, and whether that is within an open folder;
- `opening` opens what was found, and nothing else that may have taken its place;
- `reading` makes documents of all that.
"""
