"""Who sees what goes out by itself, and who changes it."""

VIEW = ("newsletter.view_schedule",)
CHANGE = ("newsletter.change_schedule",)
#: Whoever may pause one campaign may pause them all.
HALT = ("newsletter.schedule_campaign",)
