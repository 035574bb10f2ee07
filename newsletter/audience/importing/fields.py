"""What a column of a file can become here. Pure."""

from __future__ import annotations

from enum import StrEnum

#: Before the key of an attribute.
ATTRIBUTE = "attribute:"


class Field(StrEnum):
    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FREQUENCY = "frequency"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    OPTED_IN_AT = "opted_in_at"
    CONFIRMED_AT = "confirmed_at"
    OPT_IN_IP = "opt_in_ip"
    STATUS = "status"
    UNSUBSCRIBED_AT = "unsubscribed_at"
    TAGS = "tags"
    IGNORE = "ignore"


#: Fields that several columns may feed; of all others there is one.
SEVERAL = frozenset({Field.TAGS, Field.STATUS, Field.UNSUBSCRIBED_AT, Field.IGNORE})
