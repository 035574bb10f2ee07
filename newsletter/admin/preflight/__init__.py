"""The check before sending in the admin: beside the composer, on a page of its own, in the dialogs that send."""
