"""Who does which act of the table, and says how to go on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from newsletter.delivery.remote import booking, calling
from newsletter.delivery.remote.booking import Do
from newsletter.engine.remote_terms import Act

ACTS: Mapping[Act, Do] = MappingProxyType(
    {
        Act.LOOK_FOR_TITLE: booking.look_again,
        Act.CREATE: calling.create,
        Act.PUT_CONTENT: calling.put_content,
        Act.CHECK: calling.check,
        Act.SCHEDULE: calling.schedule,
        Act.UNSCHEDULE: calling.unschedule,
        Act.SEND: calling.send,
        Act.CANCEL_SEND: calling.cancel_send,
        Act.DELETE: calling.delete,
        Act.FORGET_DOUBT: booking.forget_doubt,
        Act.PUT_BACK: booking.put_back,
        Act.COME_DUE: booking.come_due,
        Act.BEGIN: booking.begin,
        Act.HOLD: booking.hold_because,
        Act.FINISH: booking.finish,
        Act.FINISH_CANCEL: booking.finish_cancel,
        Act.STOPPED_THERE: booking.stopped_there,
        Act.TOO_LATE: booking.too_late,
    }
)
