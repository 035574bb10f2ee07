"""The audience that Mailchimp holds, kept in step with ours in both directions. Remote calls happen in tasks only."""
