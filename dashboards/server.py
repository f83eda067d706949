"""Serves the built pages: what may be cached, what a page may load, and nothing outside the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    import os

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
"Where `npm run build` puts the pages."

PAGES: Mapping[str, str] = {
    "/": "login.html",
    "/connexion": "login.html",
    "/service": "ward.html",
    "/service/resident/{resident}": "ward.html",
    "/tournee": "round.html",
    "/tournee/resident/{resident}": "round.html",
    "/transmissions": "handover.html",
    "/service/alarme/{alert}": "ward.html",
    "/plus": "ward.html",
    "/appel/demande/{request}": "appel.html",
    "/appel/{call}": "appel.html",
    "/invitation": "invitation.html",
    "/medecin": "physician.html",
    "/medecin/resident/{resident}": "physician.html",
    "/coordination": "coordination.html",
    "/coordination/ecarts": "coordination.html",
    "/coordination/acces": "coordination.html",
    "/coordination/essai": "coordination.html",
    "/coordination/essai/{resident}": "coordination.html",
    "/coordination/signatures": "coordination.html",
    "/limites/{resident}": "limits.html",
    "/questionnaire/{resident}": "triage.html",
    "/dossier/{resident}": "dossier.html",
    "/documents/{resident}": "papers.html",
    "/plaies/{resident}": "wounds.html",
    "/actes/{resident}": "acts.html",
    "/actes/{resident}/{act}": "acts.html",
    "/activite": "activity.html",
    "/agenda": "agenda.html",
    "/agenda/creneaux": "agenda.html",
    "/agenda/reorientees": "agenda.html",
    "/agenda/suivi/{act}": "agenda.html",
    "/avis": "questions.html",
    "/garde": "duty.html",
    "/technicien": "technician.html",
    "/technicien/chambre/{room}": "technician.html",
}
"Address of each of the hub's pages, and its file."

ROOM_PAGE = "room.html"
"The room's own screen; the edge serves it, the hub never does."

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"No inline script or style, no other host: a resident's name typed as markup stays text."

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
"Sent with every page."

FOREVER = "public, max-age=31536000, immutable"
"For files whose name holds a hash of their content (RFC 8246)."

ASK = "no-cache"
"Kept, but the server is asked every time: a tablet never runs yesterday's page against today's hub."


class DashboardsMissingError(RuntimeError):
    """The pages have not been built."""

    def __init__(self, missing: Path) -> None:
        super().__init__(f"page {missing.name!r} is not built: run `make setup` (looked in {missing.parent})")
        self.missing = missing


class _Files(StaticFiles):
    """A folder of files with one caching rule."""

    def __init__(self, directory: Path, *, caching: str) -> None:
        super().__init__(directory=directory)
        self.caching = caching

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = self.caching
        response.headers["x-content-type-options"] = "nosniff"
        return response


def _require(static: Path, name: str) -> Path:
    path = static / name
    if not path.is_file():
        raise DashboardsMissingError(path)
    return path


def _page(path: Path, address: str) -> Route:
    async def page(_request: Request) -> Response:
        return FileResponse(path, headers={"cache-control": ASK, **SECURITY_HEADERS})

    return Route(address, page, methods=["GET"], include_in_schema=False)


def _single(path: Path, media_type: str) -> Route:
    async def single(_request: Request) -> Response:
        headers = {"cache-control": ASK, "x-content-type-options": "nosniff"}
        return FileResponse(path, media_type=media_type, headers=headers)

    return Route(f"/{path.name}", single, methods=["GET"], include_in_schema=False)


def routes(static: Path = STATIC) -> list[Route | Mount]:
    """Return the routes of the hub's pages and of the files they load.

    Addresses are listed one by one, so an unknown address stays the hub's to refuse.

    Args:
        static: folder of the built pages.

    Raises:
        DashboardsMissingError: a page is not there.
    """
    pages = [_page(_require(static, name), address) for address, name in PAGES.items()]
    singles = [
        _single(_require(static, "sw.js"), "text/javascript"),
        _single(_require(static, "manifest.webmanifest"), "application/manifest+json"),
    ]
    folders = [
        Mount("/assets", _Files(static / "assets", caching=FOREVER)),
        Mount("/icons", _Files(static / "icons", caching=ASK)),
    ]
    return [*pages, *singles, *folders]


def mount(app: Starlette, static: Path = STATIC) -> None:
    """Add the hub's pages to `app` (a FastAPI application is one).

    Args:
        app: the hub's web application.
        static: folder of the built pages.

    Raises:
        DashboardsMissingError: a page is not there.
    """
    app.router.routes.extend(routes(static))


def room_files(static: Path = STATIC) -> Path:
    """Return the folder that holds `room.html` and the `assets/` and `icons/` it loads from the root address.

    Args:
        static: folder of the built pages.

    Raises:
        DashboardsMissingError: the room's page is not there.
    """
    return _require(static, ROOM_PAGE).parent
