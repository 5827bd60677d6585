"""Core: reviews of changes to code: what is shown, what seats find in it, what stands of that.

- `change` is the change itself, `layout` how seats read it, `parts` how it is cut for them;
- `claims` and `forms` are what seats say of it, `anchoring` where in it that is;
- `sorting` brings together what names the same defect, `standing` says what holds;
- `procedure` is the course of a review, `decision` and `result` what comes of it.
"""
