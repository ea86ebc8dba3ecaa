"""Configuration as code: the published configuration and the teams as one YAML document, and back.

In a file agents are named by their e-mail and teams by their name, so that it fits another database too; where
there is no e-mail, the id stands for the person. Secrets have no place in it: where a team's notifications go is
neither written nor read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from db.repositories.teams import TeamRow
from domain.configuration import Configuration
from domain.errors import BatonError, InvalidInputError
from domain.ids import AgentId, TeamId
from domain.routing.weights import PRESETS
from domain.rules.evaluate import ordered
from domain.rules.rule import Rule
from domain.scoring.profiles import PROFILES
from services.mapping.yaml_document import parse_document

_RULE_NAMESPACE = uuid5(NAMESPACE_URL, "baton/rule")
_TEAM_NAMESPACE = uuid5(NAMESPACE_URL, "baton/team")


class ConfigurationFileError(BatonError):
    """A configuration file cannot be used. Every problem names the place, what is wrong, and the remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who and what a file may name: e-mails of people, names of teams. An empty one leaves ids as they are."""

    emails: Mapping[AgentId, str | None] = field(default_factory=dict)
    teams: Mapping[TeamId, str] = field(default_factory=dict)

    def agent_id(self, text: object) -> str:
        """The id of the person with that e-mail or id; raises InvalidInputError for nobody."""
        given = str(text).strip()
        for agent, email in self.emails.items():
            if str(agent) == given.lower() or (email is not None and email.casefold() == given.casefold()):
                return str(agent)
        raise InvalidInputError("agent", f"nobody has the e-mail or id {given!r}; add the person first")

    def agent_name(self, agent: object) -> str:
        """The e-mail of a person; the id without one, and whatever else stands there as it is."""
        known = _uuid(agent)
        return (self.emails.get(AgentId(known)) if known else None) or str(agent)

    def team_name(self, team: object) -> str:
        """The name of a team; the id of an unknown one, and whatever else stands there as it is."""
        known = _uuid(team)
        return (self.teams.get(TeamId(known)) if known else None) or str(team)

    def team_id(self, text: object, more: Iterable[str] = ()) -> str:
        """The id of the team with that name or id; one of the names in `more` is going to be a team.

        Raises InvalidInputError for an unknown one.
        """
        given = str(text).strip()
        for team, name in self.teams.items():
            if given in (name, str(team)):
                return str(team)
        if given in more:
            return str(uuid5(_TEAM_NAMESPACE, given))
        raise InvalidInputError("team", f"no team is called {given!r}; add it under teams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a file asks for. `teams` None: it says nothing about them, and they stay as they are."""

    configuration: Configuration
    teams: Mapping[str, TeamRow] | None = None


class _Team(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    members: dict[str, Literal["member", "manager"]] = Field(default_factory=dict)
    max_live_leads: int | None = Field(default=None, ge=0)
    max_held_leads: int | None = Field(default=None, ge=0)
    calendar: dict[str, Any] = Field(default_factory=dict)


def to_document(
    configuration: Configuration, teams: Mapping[str, TeamRow] | None, directory: Directory
) -> dict[str, Any]:
    """The whole configuration, with the active teams, as plain data in a stable order."""
    document = {
        name: _stable(value, getattr(configuration, name))
        for name, value in configuration.model_dump(mode="json").items()
    }
    for section, known in (("scoring", PROFILES), ("weights", PRESETS)):
        chosen = getattr(configuration, section)
        if known.get(chosen.name) == chosen:
            document[section] = chosen.name
    document["rules"] = _rules_document(configuration.rules)
    document = _translated(document, directory.agent_name, directory.team_name)
    if teams is not None:
        document["teams"] = {
            name: _team_document(team, directory) for name, team in sorted(teams.items()) if team.is_active
        }
    return document


class _Dumper(yaml.SafeDumper):
    """Writes unusual line breaks escaped: as they stand, whoever reads the file takes them for line feeds or spaces."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """A text, in quotes that escape where it has to be."""
        return self.represent_scalar(_TEXT, text, style='"' if _BREAKS.search(text) else None)


_TEXT = "tag:yaml.org,2002:str"
_BREAKS = re.compile("[\x85\u2028\u2029]")
_Dumper.add_representer(str, _Dumper.represent_text)


def to_yaml(document: Mapping[str, Any]) -> str:
    """The document as text that `read_document` reads."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def read_document(text: str, name: str) -> dict[str, Any]:
    """Plain data from YAML text; `name` is the file's, for the messages.

    Raises ConfigurationFileError, or MappingError for text that is no YAML or has a key twice.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        # parse_document says what is wrong with it.
        return parse_document(text, name)
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationFileError(
            [f"{name}: holds no sections; write rules:, policies:, teams:, or start from `baton config export`"]
        )
    return parse_document(text, name)


def read_wanted(
    document: Mapping[str, Any],
    published: Configuration,
    teams: Mapping[str, TeamRow],
    directory: Directory,
    at: datetime,
) -> Wanted:
    """What a document asks for. A section that is missing asks for its defaults; without `teams` they stay.

    A rule without an id is the published rule of that name, or a new one, made at `at`. `teams` are all there are.
    Raises ConfigurationFileError with every problem found.
    """
    problems: list[str] = []
    raw = dict(document)
    raw_teams = raw.pop("teams", None)
    names = list(raw_teams) if isinstance(raw_teams, Mapping) else []

    def agent_id(text: object) -> str:
        return _noted(problems, text, directory.agent_id)

    def team_id(text: object) -> str:
        return _noted(problems, text, lambda given: directory.team_id(given, names))

    raw["rules"] = _with_identity(raw.get("rules") or [], published.rules, at, problems)
    raw = _translated(raw, agent_id, team_id)
    wanted_teams = None
    if raw_teams is not None:
        wanted_teams = _teams(raw_teams, teams, agent_id, problems)
    try:
        configuration = Configuration.model_validate(raw)
    except ValidationError as error:
        problems += [_told(fault, raw["rules"]) for fault in error.errors(include_url=False, include_input=False)]
    if problems:
        raise ConfigurationFileError(problems)
    return Wanted(configuration=configuration, teams=wanted_teams)


def body_of(configuration: Configuration) -> dict[str, Any]:
    """What a version stores: only what differs from the defaults of the domain."""
    body: dict[str, Any] = configuration.model_dump(mode="json", exclude_defaults=True)
    return body


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _noted(problems: list[str], text: object, find: Callable[[object], str]) -> str:
    try:
        return find(text)
    except InvalidInputError as error:
        problems.append(str(error))
        return str(UUID(int=0))


def _rules_document(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The rules in the order in which they are judged; an id only where a name alone does not say which is meant."""
    in_order = ordered(rules)
    names = Counter(rule.name for rule in in_order)
    documents = []
    for rule in in_order:
        plain = {
            key: _sorted(value) for key, value in rule.model_dump(mode="json", exclude={"id", "created_at"}).items()
        }
        documents.append(plain if names[rule.name] == 1 else {"id": str(rule.id), **plain})
    return documents


def _with_identity(raw: object, published: Sequence[Rule], at: datetime, problems: list[str]) -> list[Any]:
    if not isinstance(raw, list):
        problems.append("rules: is not a list; write a list of rules")
        return []
    by_id = {str(rule.id): rule for rule in published}
    by_name = {rule.name: rule for rule in published}
    rules: list[Any] = []
    seen: set[str] = set()
    for place, item in enumerate(raw):
        if not isinstance(item, Mapping):
            rules.append(item)
            continue
        name = str(item.get("name", ""))
        known = by_id.get(str(item["id"])) if item.get("id") else by_name.get(name)
        identity = str(item.get("id") or (known.id if known else uuid5(_RULE_NAMESPACE, f"{at.isoformat()}/{name}")))
        if identity in seen:
            problems.append(f"rules.{place}.name: {name!r} comes twice; rename one, or give both an id")
        seen.add(identity)
        # Rules that are added together keep the order of the file: age decides between equal priorities.
        made = known.created_at if known else at + timedelta(microseconds=place)
        rules.append({"created_at": made, **item, "id": identity})
    return rules


def _teams(
    raw: object, teams: Mapping[str, TeamRow], agent_id: Callable[[object], str], problems: list[str]
) -> dict[str, TeamRow]:
    if not isinstance(raw, Mapping):
        problems.append("teams: is not a mapping; write the name of each team, and below it its members")
        return {}
    wanted: dict[str, TeamRow] = {}
    for name, body in raw.items():
        try:
            team = _Team.model_validate({} if body is None else body)
            calendar = json.loads(json.dumps(team.calendar, default=str))
        except ValidationError as error:
            problems += [
                f"{_place(('teams', name, *fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)
            ]
            continue
        known = teams.get(name)
        wanted[name] = TeamRow(
            id=known.id if known else TeamId(uuid5(_TEAM_NAMESPACE, name)),
            name=name,
            max_live_leads=team.max_live_leads,
            max_held_leads=team.max_held_leads,
            calendar=calendar,
            members={AgentId(UUID(agent_id(member))): role for member, role in team.members.items()},
        )
    return wanted


def _team_document(team: TeamRow, directory: Directory) -> dict[str, Any]:
    return {
        "members": dict(sorted((directory.agent_name(agent), role) for agent, role in team.members.items())),
        "max_live_leads": team.max_live_leads,
        "max_held_leads": team.max_held_leads,
        "calendar": _sorted(team.calendar),
    }


def _translated(
    document: dict[str, Any], agent: Callable[[object], str], team: Callable[[object], str]
) -> dict[str, Any]:
    """The document with every mention of a person and a team put through `agent` and `team`."""
    result: dict[str, Any] = dict(document)
    if isinstance(policy := result.get("sla"), Mapping):
        result["sla"] = _swapped(policy, {"fallback_owner": agent})
    if isinstance(policies := result.get("policies"), Mapping):
        result["policies"] = {name: _swapped(policy, {"fallback_owner": agent}) for name, policy in policies.items()}
    if "strategy" in result:
        result["strategy"] = _strategy(result["strategy"], agent, team)
    result["rules"] = [_rule(rule, agent, team) for rule in result.get("rules") or []]
    return result


def _rule(rule: Any, agent: Callable[[object], str], team: Callable[[object], str]) -> Any:
    action = rule.get("action") if isinstance(rule, Mapping) else None
    params = action.get("params") if isinstance(action, Mapping) else None
    if not isinstance(action, Mapping) or not isinstance(params, Mapping):
        return rule
    params = _swapped(params, {"agent": agent, "team": team, "pool": team, "exclude": agent})
    if "params" in params:
        params["params"] = _strategy(params["params"], agent, team)
    return {**rule, "action": {**action, "params": params}}


def _strategy(settings: Any, agent: Callable[[object], str], team: Callable[[object], str]) -> Any:
    if not isinstance(settings, Mapping):
        return settings
    swapped = _swapped(settings, {"agent": agent, "team": team})
    if isinstance(weights := swapped.get("weights"), Mapping):
        swapped["weights"] = {name: weights[key] for name, key in sorted((agent(key), key) for key in weights)}
    return swapped


def _swapped(part: Any, names: Mapping[str, Callable[[object], str]]) -> Any:
    if not isinstance(part, Mapping):
        return part
    swapped = dict(part)
    for key, swap in names.items():
        value = swapped.get(key)
        if isinstance(value, list):
            swapped[key] = [swap(item) for item in value]
        elif value is not None:
            swapped[key] = swap(value)
    return swapped


def _stable(dumped: Any, value: Any) -> Any:
    """The dumped value with the fields of models in their order and the keys of maps sorted."""
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        return {name: _stable(part, getattr(value, name, None)) for name, part in dumped.items()}
    if isinstance(value, frozenset | set):
        return sorted(dumped, key=str)
    if isinstance(value, Mapping) and isinstance(dumped, dict):
        found = {str(key): item for key, item in value.items()}
        return {key: _stable(dumped[key], found.get(key)) for key in sorted(dumped)}
    return _sorted(dumped)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _told(fault: Any, rules: Sequence[Any]) -> str:
    place = list(fault["loc"])
    if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int) and isinstance(rules[place[1]], Mapping):
        place[1] = rules[place[1]].get("name", place[1])
    return f"{_place(place)}: {fault['msg'].removeprefix('Value error, ')}"


def _place(parts: Iterable[object]) -> str:
    return ".".join(str(part) for part in parts)
