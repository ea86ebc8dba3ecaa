"""Words and colours for the API's codes. An unknown code is shown as it is, with spaces."""

from __future__ import annotations

from collections.abc import Mapping

STATES: Mapping[str, tuple[str, str]] = {
    "received": ("Received", "blue-grey-6"),
    "queued": ("Waiting", "deep-purple-5"),
    "offered": ("Offered", "amber-9"),
    "claimed": ("Claimed", "blue-7"),
    "attempting": ("Attempting", "cyan-8"),
    "contacted": ("Contacted", "green-7"),
    "escalated": ("Escalated", "red-8"),
    "incomplete": ("Incomplete", "brown-5"),
    "closed": ("Closed", "grey-7"),
}
"""Label and colour of each state, in the order of a lead's life."""

PRESENCE: Mapping[str, str] = {
    "Available": "Available",
    "In_Call": "In a call",
    "Break": "On a break",
    "Training": "In training",
    "Offline": "Offline",
}

DECLINE_REASONS: Mapping[str, str] = {
    "busy": "Busy right now",
    "not_my_line": "Not my line of business",
    "language": "Not my language",
    "conflict": "I know the customer",
    "other": "Another reason",
}

PAUSE_REASONS: Mapping[str, str] = {
    "customer_asked": "The customer asked to wait",
    "documents": "Waiting for documents",
    "other_party": "Waiting for somebody else",
    "other": "Another reason",
}

ATTEMPTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "call": (
        "Call",
        {
            "connected": "We talked",
            "no_answer": "No answer",
            "voicemail": "Left a voicemail",
            "busy": "Line busy",
            "wrong_number": "Wrong number",
        },
    ),
    "sms": ("SMS", {"replied": "They replied", "sent": "Sent", "failed": "Could not be sent"}),
    "whatsapp": ("WhatsApp", {"replied": "They replied", "sent": "Sent", "failed": "Could not be sent"}),
    "email": ("E-mail", {"replied": "They replied", "sent": "Sent", "failed": "Could not be sent"}),
    "meeting": ("Meeting", {"held": "We met", "no_show": "They did not come"}),
}
"""Label of each channel, and the results that it can have."""

OUTCOMES: Mapping[str, str] = {
    "won": "Won",
    "lost": "Lost",
    "not_interested": "Not interested",
    "unreachable": "Cannot be reached",
    "invalid": "Not a real lead",
    "duplicate": "Duplicate",
}


def plain(code: str) -> str:
    """A code as words: `no_answer` becomes "no answer"."""
    return code.replace("_", " ")


def state_label(state: str) -> str:
    """A state for people."""
    return STATES[state][0] if state in STATES else plain(state).capitalize()


def state_color(state: str) -> str:
    """A state's colour."""
    return STATES[state][1] if state in STATES else "grey-7"


def result_label(channel: str, result: str) -> str:
    """An attempt's result: "Call: no answer"."""
    name, results = ATTEMPTS.get(channel, (plain(channel).capitalize(), {}))
    return f"{name}: {results.get(result, plain(result)).lower()}"
