"""What crosses the wire about questions to experts."""

from __future__ import annotations

from hub.api.models import Model


class ExpertView(Model):
    """Somebody whom a question may be put to."""

    to: str
    "As the question names them: an account, or `@group`."
    name: str
    group: bool
    members: int


class ExpertList(Model):
    """Whom a question may be put to."""

    items: list[ExpertView]


class QuestionView(Model):
    """A question to an expert."""

    act: str
    resident: str
    state: str
    question: str
    topic: str
    urgency: str
    to_name: str
    author_name: str
    sent: int
    answer_by: int | None
    late: bool
    "It waits, and should have been answered by now."
    pictures: int
    holder: str
    "Account of who took it; empty while nobody has."
    holder_name: str
    informed: bool
    "What its expert asked back was given, and nothing was done since."
    answered: int | None
    "When it was answered last."


class QuestionList(Model):
    """Questions to experts."""

    time: int
    items: list[QuestionView]
    "Those that wait for who asks, or to who works in the home: for anybody; what is due first is on top."
    taken: list[QuestionView]
    "Those that wait and were put to a group of who asks, of which somebody else took them."
    answered: list[QuestionView]
    "Those that who asks answered in the last 30 days, the newest first."
