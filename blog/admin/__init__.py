"""Stories in Wagtail's admin: the check beside the editor, its page, and how a refused story is explained."""
