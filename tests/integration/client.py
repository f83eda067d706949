"""A signed-in user of the hub's interface, as the pages are."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from hub.api.models import AlertView, MeasurementPage, ResidentView


@dataclass(frozen=True, slots=True)
class Point:
    """One stored observation as the interface gives it."""

    time: int
    value: float
    flags: int


class HubClient:
    """HTTP client of one hub."""

    def __init__(self, url: str, cookies: httpx.Cookies | None = None) -> None:
        # The origin is what a browser would send; the hub refuses changes without it.
        self.http = httpx.Client(
            base_url=url, headers={"origin": url}, cookies=cookies, timeout=30, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def sign_in(self, username: str, password: str) -> None:
        answer = self.http.post("/api/v1/session", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params={key: value for key, value in query.items() if value is not None})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def residents(self) -> list[ResidentView]:
        return [ResidentView.model_validate(row) for row in self.get("/api/v1/residents")]

    def points(self, resident: str, metric: str, start: int = 0, end: int | None = None) -> list[Point]:
        """Return every stored point, page by page."""
        found: list[Point] = []
        position: int | None = start
        while position is not None:
            page = MeasurementPage.model_validate(
                self.get(
                    f"/api/v1/residents/{resident}/measurements",
                    metric=metric,
                    **{"from": position, "to": end},
                )
            )
            found += [Point(*row) for row in zip(page.times, page.values, page.flags, strict=True)]
            position = page.next
        return found

    def alerts(self, state: str = "all", resident: str | None = None) -> list[AlertView]:
        rows = self.get("/api/v1/alerts", state=state, resident=resident, limit=1000)
        return [AlertView.model_validate(row) for row in rows]

    def act(self, alert: str, action: str) -> AlertView:
        answer = self.http.post(f"/api/v1/alerts/{alert}", json={"action": action})
        assert answer.status_code == 200, answer.text
        return AlertView.model_validate(answer.json())

    def metrics(self) -> dict[str, float]:
        """Return every sample of /metrics: `name{labels}` to value."""
        answer = self.http.get("/metrics")
        assert answer.status_code == 200, answer.text
        found = {}
        for line in answer.text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found
