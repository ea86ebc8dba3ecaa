"""What endpoints reach through the application: the services and the clock."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.service_set import Services


def services_of(request: Request) -> Services:
    """The services of this process."""
    services: Services = request.app.state.services
    return services


WithServices = Annotated[Services, Depends(services_of)]
