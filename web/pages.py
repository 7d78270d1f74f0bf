"""The pages for people: home, results, an article, figures.

In: requests. Out: HTML. Each view reads the state, asks the service once or twice, and hands a view to a template.
Must not know how answers are made or how JSON looks.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from search.state import State
from web.figures import figures_view
from web.presenters import results_view
from web.reading import article_view
from web.site import site
from web.visitors import visitor_language

pages = Blueprint("pages", __name__)
LATEST = 5
SIMILAR = 5
RELATED = 6


@pages.get("/")
def home() -> str:
    """The search form, the latest articles, and ways in by place and time."""
    state = State()
    result = site().search(State(limit=LATEST, sort="newest"), snippets=1)
    view = results_view(result, state, visitor_language())
    return render_template("home.html", state=state, view=view)


@pages.get("/search")
def results() -> str:
    """A page of results."""
    state = site().state()
    view = results_view(site().search(state, asked=True, related=RELATED), state, visitor_language())
    return render_template("search.html", state=state, view=view)


@pages.get("/articles/", defaults={"id": None})
@pages.get("/articles/<path:id>")
def article(id: str | None) -> str:
    """One article with the words of a query marked."""
    id = id or request.args.get("id", "")
    state = site().state()
    found = site().article(id)
    if found is None:
        abort(404)
    marked = site().index.marked(id, state.q, marks=state.marks) if state.q else ((), ())
    similar = site().index.similar(id, limit=SIMILAR)
    copies = site().index.copies(id)
    view = article_view(found, marked, similar, copies, state.q, visitor_language())
    return render_template("article.html", state=state, view=view)


@pages.get("/stats")
def stats() -> str:
    """Articles by place and year, and the state of the index."""
    figures = site().index.stats()
    texts = site().search(State(limit=0)).total
    view = figures_view(figures, texts, site().state().units, visitor_language())
    return render_template("stats.html", state=State(), figures=figures, view=view)


@pages.get("/favicon.ico")
def favicon() -> BaseResponse:
    """Browsers that ask for the old name are sent to the icon."""
    return redirect("/static/icon.svg", 301)


@pages.get("/robots.txt")
def robots() -> Response:
    """What crawlers may read: articles, not every combination of filters."""
    lines = ["User-agent: *", "Disallow: /search", "Disallow: /export", "Disallow: /cite", "Disallow: /api/"]
    lines.append(f"Sitemap: {site().absolute('/sitemap.xml')}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
