"""One lead as people read it: what is known of it, and where its clock stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from db.repositories.consents import read_consents
from db.repositories.lead_views import view_lead
from db.repositories.leads import read_lead
from db.session import ReadConnection
from domain.customer.permission import ContactPolicy, contact_permission
from domain.errors import ConfigurationError
from domain.ids import HistoryId, LeadId
from domain.lifecycle.actor import Actor
from domain.lifecycle.lead import Lead
from domain.lifecycle.sla_status import sla_status
from domain.lifecycle.transition import Context
from services.clock import Clock
from services.configurations import Configurations


class LeadReading:
    """Reads with the caller's rights; changes nothing."""

    def __init__(self, clock: Clock, configurations: Configurations) -> None:
        self._clock = clock
        self._configurations = configurations

    async def one(self, connection: ReadConnection, lead_id: LeadId, caller: Actor) -> dict[str, Any] | None:
        """The lead with its `sla` and `permission`; None when there is none that the caller may see.

        Name, phone and e-mail are None unless they are shown to the caller. `sla` is None when the configuration that
        the lead follows cannot be read.
        """
        view = await view_lead(connection, lead_id, caller)
        lead = await read_lead(connection, lead_id) if view is not None else None
        if view is None or lead is None:
            return view
        context = await self._context(connection, lead)
        consents, listed = await read_consents(connection, lead_id)
        required = context.sla(lead).require_consent if context is not None else ()
        permission = contact_permission(consents, listed, ContactPolicy(require_consent=frozenset(required)))
        status = sla_status(lead, context.clock(lead), context.now) if context is not None else None
        return view | {
            "sla": asdict(status) if status is not None else None,
            "permission": {
                "allowed": sorted(permission.allowed),
                "forbidden": [asdict(one) for one in permission.forbidden],
            },
        }

    async def _context(self, connection: ReadConnection, lead: Lead) -> Context | None:
        try:
            configuration = await self._configurations.get(connection, lead.config_version)
        except ConfigurationError:
            return None
        return Context(now=self._clock.now(), configuration=configuration, history_id=HistoryId(lead.id))
